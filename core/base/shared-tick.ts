/** Where timers meet. */
export const tickMs = 5_000;

/**
 * A delay a little shorter than asked for, that ends where those of others end: a thousand timers then wake the process once, not a thousand times. Delays
 * too short to be cut stay as they are. `nowMs` is monotonic.
 */
export function untilSharedTick(nowMs: number, delayMs: number): number {
  if (!isTickable(delayMs)) return delayMs;
  return delayMs - ((nowMs + delayMs) % tickMs);
}

/** Whether it does no harm to end such a delay at a tick. */
export function isTickable(delayMs: number): boolean {
  return delayMs >= 2 * tickMs;
}

/** To the next tick; a timer that fires a little early does not meet the same one twice. */
export function untilNextTick(nowMs: number): number {
  const leftMs = tickMs - (nowMs % tickMs);
  return leftMs < 2 ? leftMs + tickMs : leftMs;
}
