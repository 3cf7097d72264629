import type { Clock, Timer } from '../ports/clock.js';

/** The real time. */
export const nodeClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),

  setTimer(delayMs, callback, options = {}): Timer {
    // A delay beyond 2^31 ms would fire at once: Node's timers hold 32 bits.
    const timeout = setTimeout(callback, Math.min(Math.max(0, delayMs), 0x7fffffff));
    if (options.isBackground) timeout.unref();
    return { cancel: () => clearTimeout(timeout) };
  },

  sleep(delayMs, signal): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason);
      const stop = (): void => {
        clearTimeout(timeout);
        reject(signal!.reason);
      };
      const timeout = setTimeout(
        () => {
          signal?.removeEventListener('abort', stop);
          resolve();
        },
        Math.min(Math.max(0, delayMs), 0x7fffffff),
      );
      signal?.addEventListener('abort', stop, { once: true });
    });
  },

  yield: () => new Promise(resolve => setImmediate(resolve)),
  // A microtask behind those already queued, so that everybody who was just told of something has had a turn.
  defer: callback => process.nextTick(callback),
};
