// How long a source waits that has found nothing. First `poll.interval.ms`, a few times; then until the system says that something has changed. As it may
// not hear of everything, it looks by itself as well, after pauses that grow: to 15 s where every change should be heard, otherwise to 1 s.

import type { ConnectorClock } from '../../connect/api/index.js';
import { ChangeWatch } from './change-watch.js';

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
}

export class QuietWait {
  readonly #clock: ConnectorClock;
  readonly #intervalMs: number;
  #looks = 0;
  #pauseMs: number;
  #pauseMsMax = unheardPauseMsMax;
  #watch: ChangeWatch | undefined;
  #hasChanged = false;
  /** Ends the rest. Kept for the next one: to make one costs more than to look at a file. */
  #waking:
    | { readonly controller: AbortController; readonly stop: AbortSignal; readonly onStop: () => void }
    | undefined;

  constructor(clock: ConnectorClock, intervalMs: number) {
    this.#clock = clock;
    this.#intervalMs = intervalMs;
    this.#pauseMs = intervalMs;
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
  }

  close(): void {
    this.#watch?.close();
    this.#watch = undefined;
    this.#forgetWaking();
    this.#hasChanged = false;
    this.#pauseMs = this.#intervalMs;
  }

  #begin({ paths, areAll }: QuietPlaces): void {
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
    return this.#sleep(this.#untilMeeting(), this.#untilWoken(signal));
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

  /** The longest pauses of all sources end together: a thousand of them wake the process once. */
  #untilMeeting(): number {
    const pauseMs = this.#pauseMs;
    return pauseMs < this.#pauseMsMax ? pauseMs : pauseMs - (this.#clock.monotonic() % pauseMs);
  }

  #sleep(delayMs: number, signal: AbortSignal): Promise<void> {
    return this.#clock.sleep(delayMs, signal).catch(() => undefined);
  }
}
