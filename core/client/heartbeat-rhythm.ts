// When a member of a group shows that it lives. Beside a broker in this process it does so at ticks that are common to all members; else each has a
// timer, which ends where those of others end.

import { isTickable, tickMs, untilSharedTick } from '../base/shared-tick.js';
import type { Clock, Timer } from '../ports/clock.js';
import type { GroupNews } from './place.js';

export class HeartbeatRhythm {
  readonly #clock: Clock;
  readonly #news: GroupNews | undefined;
  readonly #due: { readonly byTimer: () => void; readonly byTick: () => void };
  #timer: Timer | undefined;
  /** The timer, where it is the common ticks. */
  #ticking: Timer | undefined;
  /** The next heartbeat, where it waits for a tick. */
  #beatAtMs = Number.POSITIVE_INFINITY;

  /** One of the two is called when a heartbeat is due; whoever is called says when the next one is. */
  constructor(
    clock: Clock,
    news: GroupNews | undefined,
    due: { readonly byTimer: () => void; readonly byTick: () => void },
  ) {
    this.#clock = clock;
    this.#news = news;
    this.#due = due;
  }

  /** Another one, or none, when heartbeats were stopped meanwhile, or the next one is waited for. */
  get beat(): Timer | undefined {
    return this.#timer;
  }

  next(afterMs: number): void {
    const nowMs = this.#clock.monotonic();
    if (this.#news !== undefined && isTickable(afterMs)) {
      // At the tick that is nearest: a timer may fire a little early.
      this.#beatAtMs = nowMs + afterMs - tickMs / 2;
      this.#ticking ??= { cancel: this.#news.everyTick(() => this.#tick()) };
      this.#timer = this.#ticking;
      return;
    }
    const delayMs = untilSharedTick(nowMs, afterMs);
    this.#timer = this.#clock.setTimer(delayMs, this.#due.byTimer, { isBackground: true });
  }

  stop(): void {
    this.#timer?.cancel();
    this.#timer = this.#ticking = undefined;
  }

  #tick(): void {
    if (this.#clock.monotonic() < this.#beatAtMs) return;
    this.#beatAtMs = Number.POSITIVE_INFINITY;
    this.#due.byTick();
  }
}
