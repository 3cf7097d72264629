// The simulated twin of core/ports/clock.ts: time stands still until `advance` lets the next due event happen.
// Events at one instant happen in the order in which they were asked for. Between two events every promise that can settle has settled.

import { nodeClock } from '../platform/node-clock.js';
import type { Clock, Timer } from '../ports/clock.js';

interface Due {
  readonly at: number;
  readonly order: number;
  readonly callback: () => void;
  isCancelled: boolean;
}

/** How long clients are waited for: longer than they themselves wait for anything. */
export const patienceMs = 120_000;

export type Outcome<T> =
  | { readonly kind: 'done'; readonly value: T }
  | { readonly kind: 'failed'; readonly error: Error }
  | { readonly kind: 'unsettled' };

export class SimulatedClock implements Clock {
  private time: number;
  private order = 0;
  private due: Due[] = [];
  /** Says that there is nothing to wait for any more: the process has died. */
  isOver: () => boolean = () => false;

  constructor(startMs = 1_700_000_000_000) {
    this.time = startMs;
  }

  now(): number {
    return this.time;
  }

  monotonic(): number {
    return this.time;
  }

  setTimer(delayMs: number, callback: () => void): Timer {
    const due: Due = {
      at: this.time + Math.max(0, Math.ceil(delayMs)),
      order: this.order++,
      callback,
      isCancelled: false,
    };
    this.due.push(due);
    return {
      cancel: () => {
        due.isCancelled = true;
      },
    };
  }

  sleep(delayMs: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal?.aborted === true) {
        reject(signal.reason as Error);
        return;
      }
      const abort = (): void => {
        timer.cancel();
        reject(signal?.reason as Error);
      };
      const timer = this.setTimer(delayMs, () => {
        signal?.removeEventListener('abort', abort);
        resolve();
      });
      signal?.addEventListener('abort', abort, { once: true });
    });
  }

  yield(): Promise<void> {
    return this.sleep(0);
  }

  defer(callback: () => void): void {
    void Promise.resolve().then(callback);
  }

  /** Forgets every timer: the process that set them has died. */
  forgetTimers(): void {
    this.due = [];
  }

  /** Lets everything happen that is due within `ms`, then stands at the end of it. */
  async advance(ms: number): Promise<void> {
    const end = this.time + ms;
    await settle();
    for (let next = this.takeNext(end); next !== undefined && !this.isOver(); next = this.takeNext(end)) {
      this.time = Math.max(this.time, next.at);
      next.callback();
      await settle();
    }
    this.time = end;
  }

  /**
   * Lets time run until the promise has settled or `msMax` have gone by; says which. `between` is waited for after each event, while time and
   * everything that lives in it stand still.
   */
  async drive<T>(promise: Promise<T>, msMax: number, between?: () => Promise<void>): Promise<Outcome<T>> {
    let outcome: Outcome<T> | undefined;
    promise.then(
      value => {
        outcome = { kind: 'done', value };
      },
      (error: unknown) => {
        outcome = { kind: 'failed', error: error as Error };
      },
    );
    const end = this.time + msMax;
    await settle();
    await between?.();
    while (outcome === undefined && !this.isOver()) {
      const next = this.takeNext(end);
      if (next === undefined) break;
      this.time = Math.max(this.time, next.at);
      next.callback();
      await settle();
      await between?.();
    }
    if (outcome === undefined && !this.isOver()) this.time = end;
    return outcome ?? { kind: 'unsettled' };
  }

  private takeNext(end: number): Due | undefined {
    this.due = this.due.filter(due => !due.isCancelled);
    let next: Due | undefined;
    for (const due of this.due) {
      if (due.at <= end && (next === undefined || due.at < next.at || (due.at === next.at && due.order < next.order)))
        next = due;
    }
    if (next !== undefined) this.due.splice(this.due.indexOf(next), 1);
    return next;
  }
}

/** Every promise that can settle without an event has settled: simulated ports use no real timer and no real I/O. */
function settle(): Promise<void> {
  return nodeClock.yield();
}
