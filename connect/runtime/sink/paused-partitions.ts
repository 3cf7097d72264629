import type { Consumer } from '../../../core/index.js';
import type { TopicPartition } from '../../api/record.js';

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

  /** Before anything of them is read: the poll that brings them would go on to hand out their records. */
  handedNew(partitions: readonly TopicPartition[]): void {
    if (this.#isPaused) this.#consumer.pause(partitions);
  }
}
