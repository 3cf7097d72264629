// What the parts of an app count into. Plain numbers: they are counted per record.

import type { Clock } from '../../core/index.js';
import type { AppMetrics } from './app-metrics.js';

export class MetricsCollector {
  recordsIn = 0;
  recordsRepartitioned = 0;
  recordsOut = 0;
  deadLetters = 0;
  commits = 0;
  commitMs = 0;
  restoredRecords = 0;
  changelogRecords = 0;
  readonly #late = new Map<string, number>();
  readonly #dropped = new Map<string, number>();
  readonly #clock: Clock;
  readonly #startedAt: number;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#startedAt = clock.monotonic();
  }

  count(metric: 'late-records' | 'dropped-records', node: string, by: number): void {
    const counts = metric === 'late-records' ? this.#late : this.#dropped;
    counts.set(node, (counts.get(node) ?? 0) + by);
  }

  snapshot(gauges: Pick<AppMetrics, 'lag' | 'dirtyEntries' | 'tasks'>, previous?: AppMetrics): AppMetrics {
    const elapsedMs = this.#clock.monotonic() - this.#startedAt;
    const sinceMs = elapsedMs - (previous?.elapsedMs ?? 0);
    const since = this.recordsIn - (previous?.recordsIn ?? 0);
    return {
      recordsIn: this.recordsIn,
      recordsRepartitioned: this.recordsRepartitioned,
      recordsOut: this.recordsOut,
      lateRecords: sum(this.#late),
      droppedRecords: sum(this.#dropped),
      deadLetters: this.deadLetters,
      commits: this.commits,
      commitMs: this.commitMs,
      restoredRecords: this.restoredRecords,
      changelogRecords: this.changelogRecords,
      ...gauges,
      elapsedMs,
      recordsInPerSecond: sinceMs <= 0 ? 0 : Math.round((since / sinceMs) * 1000),
      lateByNode: Object.fromEntries(this.#late),
      droppedByNode: Object.fromEntries(this.#dropped),
    };
  }
}

function sum(counts: ReadonlyMap<string, number>): number {
  let total = 0;
  for (const count of counts.values()) total += count;
  return total;
}
