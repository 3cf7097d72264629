// The clock of the test driver: it stands still until the test moves it, and then fires what is due, in order.

import type { Clock, Timer } from '../../core/index.js';

interface Due {
  readonly atMs: number;
  readonly callback: () => void;
}

export class VirtualClock implements Clock {
  #nowMs: number;
  #timers: Due[] = [];

  constructor(startMs: number) {
    this.#nowMs = startMs;
  }

  now(): number {
    return this.#nowMs;
  }

  monotonic(): number {
    return this.#nowMs;
  }

  setTimer(delayMs: number, callback: () => void): Timer {
    const due: Due = { atMs: this.#nowMs + delayMs, callback };
    this.#timers.push(due);
    return { cancel: () => void (this.#timers = this.#timers.filter(each => each !== due)) };
  }

  sleep(delayMs: number): Promise<void> {
    return new Promise(resolve => this.setTimer(delayMs, resolve));
  }

  yield(): Promise<void> {
    return Promise.resolve();
  }

  defer(callback: () => void): void {
    void Promise.resolve().then(callback);
  }

  advance(byMs: number): void {
    const untilMs = this.#nowMs + byMs;
    for (let next = this.#nextDue(untilMs); next !== undefined; next = this.#nextDue(untilMs)) {
      this.#nowMs = Math.max(this.#nowMs, next.atMs);
      const due = next;
      this.#timers = this.#timers.filter(each => each !== due);
      due.callback();
    }
    this.#nowMs = untilMs;
  }

  #nextDue(untilMs: number): Due | undefined {
    return this.#timers.filter(due => due.atMs <= untilMs).sort((a, b) => a.atMs - b.atMs)[0];
  }
}
