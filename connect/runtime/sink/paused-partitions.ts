import type { Consumer } from '../../../core/index.js';

/** Whether the consumer was told to pause all that it has. */
export class PausedPartitions {
  readonly #consumer: Consumer<Uint8Array, Uint8Array>;
  #isPaused = false;

  constructor(consumer: Consumer<Uint8Array, Uint8Array>) {
    this.#consumer = consumer;
  }

  pause(): void {
    this.#isPaused = true;
    this.#consumer.pause(this.#consumer.assignment());
  }

  /** Tells the consumer when it is a change. Not each time: a fetch that is under way would be given up. */
  follow(isPaused: boolean): void {
    if (isPaused === this.#isPaused) return;
    this.#isPaused = isPaused;
    if (isPaused) this.#consumer.pause(this.#consumer.assignment());
    else this.#consumer.resume(this.#consumer.assignment());
  }

  /** What is new is not paused yet. */
  handedNew(): void {
    this.#isPaused = false;
  }
}
