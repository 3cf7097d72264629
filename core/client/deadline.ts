import type { Clock } from '../ports/clock.js';

export interface Deadline {
  readonly timeoutMs: number;
  /** What is thrown when the time is over and `work` has not ended by itself. */
  readonly error: () => Error;
}

/** Does not wait longer for `work` than that, whatever it waits for; its signal tells it to stop. */
export async function withDeadline<T>(
  clock: Clock,
  { timeoutMs, error }: Deadline,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const stop = new AbortController();
  const late = new Promise<never>((_, reject) => {
    stop.signal.addEventListener('abort', () => reject(stop.signal.reason as Error));
  });
  const timer = clock.setTimer(timeoutMs, () => stop.abort(error()));
  try {
    return await Promise.race([work(stop.signal), late]);
  } finally {
    timer.cancel();
  }
}
