import type { Random } from '../../../core/index.js';

/** Doubling pauses; once over the longest, a random one below it, so that many tasks do not come back in step (as Kafka Connect does). */
export class Backoff {
  readonly #firstMs: number;
  readonly #maxMs: number;
  readonly #random: Random;
  #attempts = 0;

  constructor(options: { firstMs: number; maxMs: number; random: Random }) {
    this.#firstMs = options.firstMs;
    this.#maxMs = options.maxMs;
    this.#random = options.random;
  }

  nextMs(): number {
    const ms = this.#firstMs * 2 ** this.#attempts++;
    return ms <= this.#maxMs ? ms : Math.ceil(this.#maxMs * (0.5 + this.#random.fraction() / 2));
  }

  reset(): void {
    this.#attempts = 0;
  }
}
