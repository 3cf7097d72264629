/** Where timers meet. */
const tickMs = 5_000;

/**
 * A delay a little shorter than asked for, that ends where those of others end: a thousand timers then wake the process once, not a thousand times. Delays
 * too short to be cut stay as they are. `nowMs` is monotonic.
 */
export function untilSharedTick(nowMs: number, delayMs: number): number {
  if (delayMs < 2 * tickMs) return delayMs;
  return delayMs - ((nowMs + delayMs) % tickMs);
}
