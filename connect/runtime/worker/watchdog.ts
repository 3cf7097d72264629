// Looks at what runs, now and then, and says in the log when a task has work and makes no progress, and when it goes on. What it says of a task that waits for
// the other side comes from the task itself; that records are waiting which a sink does not read, from the ends of its topics: one request for all sinks, and none
// while a log in this process has not grown.

import type { Log, Timer } from '../../../core/index.js';
import type { Logger } from '../../api/context.js';
import type { TopicOffset } from '../../api/record.js';
import type { ManagedConnector } from './managed-connector.js';
import type { StallInfo } from './worker-answers.js';

export interface WatchdogParts {
  readonly log: Log;
  readonly logger: Logger;
  readonly stallAfterMs: number;
  connectors(): Iterable<ManagedConnector>;
}

interface Waiting {
  readonly offset: number;
  readonly sinceMs: number;
}

export class Watchdog {
  readonly #parts: WatchdogParts;
  /** Of each sink, by partition: where it stands while there is more to read. */
  readonly #waiting = new Map<string, Map<string, Waiting>>();
  #told = new Set<string>();
  #appendCount: number | undefined;
  /** So many looks in a row have found the log as it was. */
  #stillLooks = 0;
  #timer: Timer | undefined;
  #isClosed = false;

  constructor(parts: WatchdogParts) {
    this.#parts = parts;
    if (parts.stallAfterMs > 0) this.#later();
  }

  close(): void {
    this.#isClosed = true;
    this.#timer?.cancel();
  }

  /** That records are waiting for the sink, and for how long nothing was read. */
  stall(connector: string): StallInfo | undefined {
    const { clock } = this.#parts.log.ports;
    for (const [partition, { offset, sinceMs }] of this.#waiting.get(connector) ?? []) {
      const forMs = clock.monotonic() - sinceMs;
      if (forMs < this.#parts.stallAfterMs) continue;
      const reason = `there are records behind offset ${offset} of ${partition}, and none is read`;
      return { since: Math.round(clock.now() - forMs), reason };
    }
    return undefined;
  }

  #later(): void {
    if (this.#isClosed) return;
    const everyMs = Math.max(10, this.#parts.stallAfterMs / 2);
    this.#timer = this.#parts.log.ports.clock.setTimer(everyMs, () => void this.#look(), { isBackground: true });
  }

  async #look(): Promise<void> {
    const connectors = [...this.#parts.connectors()];
    await this.#lookForLag(connectors).catch((error: Error) => {
      this.#parts.logger.warn(`the ends of the sinks' topics could not be asked for: ${error.message}`);
    });
    const stalled = new Set<string>();
    for (const connector of connectors) {
      for (const { id, stalled: own } of connector.tasks()) {
        const stall = own ?? (id === 0 ? this.stall(connector.name) : undefined);
        if (stall === undefined) continue;
        const name = `connector ${connector.name}, task ${id}`;
        stalled.add(name);
        if (!this.#told.has(name))
          this.#parts.logger.warn(connector.hidden(`${name} makes no progress: ${stall.reason}`));
      }
    }
    for (const name of this.#told) if (!stalled.has(name)) this.#parts.logger.info(`${name} goes on`);
    this.#told = stalled;
    this.#later();
  }

  async #lookForLag(connectors: readonly ManagedConnector[]): Promise<void> {
    // Once more than it has grown: what was appended at the last look may not have been readable then.
    if (this.#isStill() && this.#stillLooks > 1 && this.#waiting.size === 0) return;
    const positions = connectors.flatMap(connector => connector.positions().map(position => ({ connector, position })));
    if (positions.length === 0) return this.#waiting.clear();
    await using admin = this.#parts.log.admin();
    const partitions = positions.map(({ position: { topic, partition } }) => ({ topic, partition }));
    const ends = await admin.listOffsets(partitions, 'end');
    const before = new Map(this.#waiting);
    this.#waiting.clear();
    for (const [at, { connector, position }] of positions.entries()) {
      if ((ends[at]?.offset ?? 0) <= position.offset) continue;
      this.#wait(connector.name, position, before.get(connector.name));
    }
  }

  /** Every change of what there is to read, or of who reads, is an append. */
  #isStill(): boolean {
    const { appendCount } = this.#parts.log;
    const isStill = appendCount !== undefined && appendCount === this.#appendCount;
    this.#stillLooks = isStill ? this.#stillLooks + 1 : 0;
    this.#appendCount = appendCount;
    return isStill;
  }

  #wait(connector: string, { topic, partition, offset }: TopicOffset, before: Map<string, Waiting> | undefined): void {
    const key = `${topic}-${partition}`;
    const known = before?.get(key);
    const sinceMs = known?.offset === offset ? known.sinceMs : this.#parts.log.ports.clock.monotonic();
    let waiting = this.#waiting.get(connector);
    if (waiting === undefined) this.#waiting.set(connector, (waiting = new Map()));
    waiting.set(key, { offset, sinceMs });
  }
}
