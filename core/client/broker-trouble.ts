// What a poll does while brokers cannot be reached or have no answer yet: it goes on trying, for as long as that lasts, as Kafka's consumer does.
// The application is told now and then, and is not ended. What will not pass is thrown.

import { ProtocolError, WorldFault } from '../base/errors.js';
import type { Clock } from '../ports/clock.js';
import { isTransient } from './refusal.js';
import type { RetryOptions } from './retry.js';

const toldAfterMs = 10_000;
const tellIntervalMs = 30_000;

export class BrokerTrouble {
  /** For what a poll asks for: after so long without an answer it is time to tell, and to begin again. */
  readonly bout: RetryOptions;
  readonly boutMs: number;
  readonly #clock: Clock;
  readonly #whose: string;
  readonly #isInProcess: boolean;
  readonly #tell: (warning: Error) => void;
  #quietUntilMs = 0;

  constructor(
    clock: Clock,
    options: {
      /** `the consumer of group "g"` */
      readonly whose: string;
      readonly timeoutMs: number;
      readonly closing: AbortSignal;
      /** Of the place: no other broker takes over a disk that has failed. */
      readonly isInProcess: boolean;
      readonly tell: (warning: Error) => void;
    },
  ) {
    this.#clock = clock;
    this.#whose = options.whose;
    this.#isInProcess = options.isInProcess;
    this.#tell = options.tell;
    this.boutMs = Math.min(toldAfterMs, options.timeoutMs);
    this.bout = { timeoutMs: this.boutMs, signal: options.closing };
  }

  /** Throws the error unless it may pass. */
  passOver(error: unknown): void {
    if (!isTransient(error) || this.#isLasting(error)) throw error;
    const nowMs = this.#clock.monotonic();
    if (nowMs < this.#quietUntilMs) return;
    this.#quietUntilMs = nowMs + tellIntervalMs;
    const { message } = error as Error;
    this.#tell(new WorldFault(`${this.#whose} goes on trying: ${message}`, { cause: error, isRetriable: true }));
  }

  #isLasting(error: unknown): boolean {
    return this.#isInProcess && error instanceof ProtocolError && error.kind === 'KAFKA_STORAGE_ERROR';
  }
}
