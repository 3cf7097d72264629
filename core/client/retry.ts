import type { Ports } from '../ports/ports.js';
import { isTransient } from './refusal.js';

const backoffFirstMs = 20;
const backoffMaxMs = 1_000;

export interface RetryOptions {
  /** Given up after this. Default one minute. */
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
}

/** Does `work` again after a transient error, ever later; the last error is thrown when the time is over. */
export async function withRetries<T>(ports: Ports, options: RetryOptions, work: () => Promise<T>): Promise<T> {
  const deadline = ports.clock.monotonic() + (options.timeoutMs ?? 60_000);
  for (let attempt = 0; ; attempt++) {
    try {
      options.signal?.throwIfAborted();
      return await work();
    } catch (error) {
      const delayMs = backoffMs(attempt, ports);
      if (!isTransient(error) || ports.clock.monotonic() + delayMs > deadline) throw error;
      await ports.clock.sleep(delayMs, options.signal);
    }
  }
}

/** 20, 40, 80 ... 1000 ms, a fifth more or less, so that clients do not come back all at once. */
export function backoffMs(attempt: number, ports: Ports): number {
  const ms = Math.min(backoffMaxMs, backoffFirstMs * 2 ** Math.min(attempt, 10));
  return Math.round(ms * (0.8 + 0.4 * ports.random.fraction()));
}
