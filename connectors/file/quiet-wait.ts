// How long a source waits that has found nothing. First `poll.interval.ms`, a few times; then until the system says that something has changed. As it may
// not hear of everything, it looks by itself as well, after pauses that grow: to 15 s where every change should be heard, otherwise to 1 s. With pauses that
// long it rests: all that rest look together, and only whoever finds something goes on.

import type { ConnectorClock } from '../../connect/api/index.js';
import { ChangeWatch } from './change-watch.js';
import { SharedLook } from './shared-look.js';

/** So often nothing is found before it counts as quiet: a file that is written to all the time is not watched. */
const eagerLooks = 3;
const heardPauseMsMax = 15_000;
const unheardPauseMsMax = 1_000;
/** Who looks that seldom is not woken in between. */
const seldomMs = 5_000;
/** A file that changes without end, and never has a whole record, is looked at no more often. */
const lookAgainMs = 20;

export interface QuietPlaces {
  readonly paths: readonly string[];
  /** Whether whatever is new shows at one of them. */
  readonly areAll: boolean;
  /** Whether all is as it was. Without it, whether there is something new is only known by reading. */
  isAsSeen?(): boolean;
}

export class QuietWait {
  readonly #clock: ConnectorClock;
  readonly #intervalMs: number;
  #looks = 0;
  #pauseMs: number;
  #pauseMsMax = unheardPauseMsMax;
  #watch: ChangeWatch | undefined;
  #isAsSeen: (() => boolean) | undefined;
  #hasChanged = false;
  /** Ends the long rest. */
  #endRest: (() => void) | undefined;
  /** Ends a shorter one. Kept for the next one: to make one costs more than to look at a file. */
  #waking:
    | { readonly controller: AbortController; readonly stop: AbortSignal; readonly onStop: () => void }
    | undefined;

  constructor(clock: ConnectorClock, intervalMs: number) {
    this.#clock = clock;
    this.#intervalMs = intervalMs;
    this.#pauseMs = intervalMs;
  }

  /** Whether it has looked often enough to wait as long as it likes. */
  get isResting(): boolean {
    return this.#endRest !== undefined;
  }

  /** Something was found. */
  found(): void {
    this.#looks = 0;
    this.close();
  }

  /** Nothing was found. Resolves when it is time to look again, or the signal aborts. */
  async wait(signal: AbortSignal, places: () => QuietPlaces): Promise<void> {
    if (this.#intervalMs >= seldomMs || this.#looks++ < eagerLooks) return this.#sleep(this.#intervalMs, signal);
    if (this.#watch === undefined) {
      this.#begin(places());
      // What has changed before it was watched is found by one more look.
      return this.#sleep(this.#intervalMs, signal);
    }
    if (this.#hasChanged) await this.#sleep(Math.min(lookAgainMs, this.#intervalMs), signal);
    else await this.#rest(signal);
    this.#hasChanged = false;
  }

  /** There is something to do. */
  wake(): void {
    this.#hasChanged = true;
    this.#pauseMs = this.#intervalMs;
    this.#waking?.controller.abort();
    this.#endRest?.();
  }

  close(): void {
    this.#watch?.close();
    this.#watch = undefined;
    this.#forgetWaking();
    this.#hasChanged = false;
    this.#pauseMs = this.#intervalMs;
  }

  #begin({ paths, areAll, isAsSeen }: QuietPlaces): void {
    this.#isAsSeen = isAsSeen;
    this.#watch = new ChangeWatch(paths, isRenamed => this.#heard(isRenamed));
    const isHeard = areAll && this.#watch.reachesAll;
    this.#pauseMsMax = Math.max(this.#intervalMs, isHeard ? heardPauseMsMax : unheardPauseMsMax);
  }

  #heard(isRenamed: boolean): void {
    this.wake();
    // Under the name there may be another file now, which is not watched yet.
    if (isRenamed) this.found();
  }

  #rest(signal: AbortSignal): Promise<void> {
    this.#pauseMs = Math.min(this.#pauseMsMax, this.#pauseMs * 2);
    if (this.#pauseMs < this.#pauseMsMax) return this.#sleep(this.#pauseMs, this.#untilWoken(signal));
    this.#forgetWaking();
    return this.#restWithOthers(signal);
  }

  #restWithOthers(signal: AbortSignal): Promise<void> {
    if (signal.aborted) return Promise.resolve();
    return new Promise(resolve => {
      const leave = SharedLook.of(this.#clock, this.#pauseMsMax).join(() => {
        if (this.#isAsSeen?.() !== true) end();
      });
      const end = () => {
        this.#endRest = undefined;
        leave();
        signal.removeEventListener('abort', end);
        resolve();
      };
      this.#endRest = end;
      signal.addEventListener('abort', end, { once: true });
    });
  }

  /** Aborts when there is something to do, and when `stop` does. */
  #untilWoken(stop: AbortSignal): AbortSignal {
    const known = this.#waking;
    if (known !== undefined && known.stop === stop && !known.controller.signal.aborted) return known.controller.signal;
    this.#forgetWaking();
    const controller = new AbortController();
    const onStop = () => controller.abort();
    if (stop.aborted) onStop();
    else stop.addEventListener('abort', onStop, { once: true });
    this.#waking = { controller, stop, onStop };
    return controller.signal;
  }

  #forgetWaking(): void {
    this.#waking?.stop.removeEventListener('abort', this.#waking.onStop);
    this.#waking = undefined;
  }

  #sleep(delayMs: number, signal: AbortSignal): Promise<void> {
    return this.#clock.sleep(delayMs, signal).catch(() => undefined);
  }
}
