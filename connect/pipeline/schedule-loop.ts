// Runs at the fires of a schedule, one run after the other. What passed while nothing ran, or while a run went on, is missed, and the policy says what
// becomes of it. Time comes from the clock it is given.

import type { Clock } from '../../core/index.js';
import type { Cron } from '../runtime/source/cron.js';

/** A clock may be set, and a machine may sleep: so often at least it is looked at. */
const lookEveryMs = 60_000;
/** A clock that is set back by less does not bring back fires that have passed; by more, it was wrong before. */
const setBackMaxMs = 24 * 3_600_000;
/** Of a schedule that was left alone for years. */
const missedMax = 1_000;

export interface ScheduleLoopOptions {
  readonly cron: Cron;
  readonly missed: 'skip' | 'once' | 'all';
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** The last fire that was run for, or given up; undefined: none yet, it begins now. */
  readonly lastFireMs: number | undefined;
  /** One run. What it rejects with ends the loop. */
  run(fireMs: number): Promise<void>;
  /** Fires that are given up. */
  skipped?(firesMs: readonly number[]): void;
  /** When it waits: until when. */
  waiting?(nextFireMs: number): void;
}

/** Resolves when the signal aborts, or when there is no fire any more. */
export async function runOnSchedule(options: ScheduleLoopOptions): Promise<void> {
  const { cron, missed, clock, signal, run, skipped } = options;
  let last = options.lastFireMs ?? clock.now();
  while (!signal.aborted) {
    const now = clock.now();
    if (last - now > setBackMaxMs) last = now;
    const due = cron.between(last, now, missedMax);
    if (due.length === 0) {
      const next = cron.nextAfter(Math.max(last, now));
      if (next === undefined) return;
      options.waiting?.(next);
      if (!(await sleepUntil(next, clock, signal))) return;
      last = next;
      await run(next);
      continue;
    }
    const taken = missed === 'all' ? due : missed === 'once' ? due.slice(-1) : [];
    const given = due.slice(0, due.length - taken.length);
    if (given.length > 0) skipped?.(given);
    for (const fire of taken) if (!signal.aborted) await run(fire);
    last = due.at(-1)!;
  }
}

/** False when it was told to stop. */
async function sleepUntil(moment: number, clock: Clock, signal: AbortSignal): Promise<boolean> {
  for (let left = moment - clock.now(); left > 0; left = moment - clock.now()) {
    await clock.sleep(Math.min(left, lookEveryMs), signal).catch(() => undefined);
    if (signal.aborted) return false;
  }
  return true;
}
