// Time as everything in Millrace sees it. The platform gives the real one, the simulation a virtual one, so that a run can be repeated.

/** A timer that has been set. `cancel` is safe to call twice and after it fired. */
export interface Timer {
  cancel(): void;
}

export interface Clock {
  /** Wall clock, milliseconds since the epoch, a whole number. */
  now(): number;
  /** Milliseconds on a clock that never goes back; fractional; only differences mean anything. */
  monotonic(): number;
  /** Calls `callback` once, after `delayMs`. With `isBackground` the timer does not keep the process alive. */
  setTimer(delayMs: number, callback: () => void, options?: { isBackground?: boolean }): Timer;
  /** Resolves after `delayMs`; rejects with the signal's reason as soon as it aborts. */
  sleep(delayMs: number, signal?: AbortSignal): Promise<void>;
  /** Lets every timer and socket that is due have its turn. Loops over direct connections call it each 5 to 10 ms of work. */
  yield(): Promise<void>;
  /** Calls `callback` after the current synchronous run has ended, before timers and sockets. */
  defer(callback: () => void): void;
}
