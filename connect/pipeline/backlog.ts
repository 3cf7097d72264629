// Holds the source back while the sinks are far behind, so that the pipeline's log does not grow without end: not in a run, and not from run to run.
// What is counted is cheap to ask for at each poll, and may be wrong (markers of transactions have offsets too; a run before has left something); so
// it is measured in offsets before anybody waits.

import type { Log } from '../../core/index.js';

/** How far the sinks may be behind: so much is read ahead of them, and no more. */
export interface BacklogLimits {
  readonly recordsMax: number;
  readonly bytesMax: number;
}

const limits: BacklogLimits = { recordsMax: 200_000, bytesMax: 256 * 1024 * 1024 };
const lookAgainMs = 20;

export interface Ahead {
  /** Of this run: what was written to the log and not yet taken by the sinks. */
  readonly records: number;
  /** Of a record, on the average. */
  readonly recordBytes: number;
}

export class Backlog {
  readonly #log: Log;
  readonly #topics: readonly string[];
  readonly #ahead: () => Ahead;
  readonly #limits: BacklogLimits;
  /** By topic: the next offset that its sink takes. */
  readonly #positions = new Map<string, number>();
  /** What there is beyond what was counted; not known before it was measured once. */
  #uncounted = Number.POSITIVE_INFINITY;

  constructor(log: Log, topics: readonly string[], ahead: () => Ahead, max: BacklogLimits = limits) {
    this.#log = log;
    this.#topics = topics;
    this.#ahead = ahead;
    this.#limits = max;
  }

  delivered(topic: string, nextOffset: number): void {
    this.#positions.set(topic, nextOffset);
  }

  /** Undefined when there is room now. What was counted and is not settled is on its way to the log: measured there, it would be missing. */
  room(signal: AbortSignal, isSettled: () => boolean): Promise<void> | undefined {
    return this.#hasRoom() ? undefined : this.#wait(signal, isSettled);
  }

  async #wait(signal: AbortSignal, isSettled: () => boolean): Promise<void> {
    while (!signal.aborted) {
      if (isSettled()) {
        await this.#measure();
        if (this.#hasRoom()) return;
      }
      await this.#log.ports.clock.sleep(lookAgainMs, signal).catch(() => undefined);
    }
  }

  #hasRoom(): boolean {
    const { records, recordBytes } = this.#ahead();
    const behind = records + this.#uncounted;
    return behind <= this.#limits.recordsMax && behind * recordBytes <= this.#limits.bytesMax;
  }

  /** A sink that has not begun yet is behind all that there is. */
  async #measure(): Promise<void> {
    await using admin = this.#log.admin();
    const places = this.#topics.map(topic => ({ topic, partition: 0 }));
    const [starts, ends] = [await admin.listOffsets(places, 'start'), await admin.listOffsets(places, 'end')];
    const behind = this.#topics.reduce((sum, topic, at) => {
      const position = this.#positions.get(topic) ?? starts[at]?.offset ?? 0;
      return sum + Math.max(0, (ends[at]?.offset ?? 0) - position);
    }, 0);
    this.#uncounted = behind - this.#ahead().records;
  }
}
