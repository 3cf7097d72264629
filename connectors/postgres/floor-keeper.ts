// Finds out below which id or time no row can come any more, so that a round need not look there. Whoever still may write such a row was running
// when it was seen as the highest, perhaps without a transaction id yet (ids come from sequences and times from now(), both before the first
// write). So: note who runs; when all of them have ended, note the next transaction id; when a round has read up to that, the mark is a floor.

import type { Client as PgClient } from 'pg';
import type { Marks } from './read-position.js';
import { runningTransactions } from './running-transactions.js';
import { nextTransaction } from './snapshot-limits.js';
import { timeOrder } from './time-order.js';

interface Candidate {
  readonly marks: Marks;
  /** Virtual transactions that ran when the marks were read; undefined once they have ended. */
  running: ReadonlySet<string> | undefined;
  /** Everything that they may have written is below. */
  endedBelow: bigint | undefined;
}

export class FloorKeeper {
  #candidate: Candidate | undefined;

  /** Before the snapshot of a round: whether those that ran have ended. */
  async before(client: PgClient): Promise<void> {
    const candidate = this.#candidate;
    if (candidate?.running === undefined) return;
    const running = await runningTransactions(client);
    for (const each of candidate.running) if (running.has(each)) return;
    candidate.running = undefined;
    candidate.endedBelow = await nextTransaction(client);
  }

  /** After a round up to `bound` was read whole. Returns the floor when there is a new one. */
  async after(client: PgClient, bound: bigint, highest: Marks): Promise<Marks | undefined> {
    const candidate = this.#candidate;
    if (candidate === undefined) {
      const marks = await notAhead(client, highest);
      this.#candidate = { marks, running: await runningTransactions(client), endedBelow: undefined };
      return undefined;
    }
    if (candidate.endedBelow === undefined || bound < candidate.endedBelow) return undefined;
    this.#candidate = undefined;
    return candidate.marks;
  }
}

/** A row may carry a time that is still to come; others may be written before it. */
async function notAhead(client: PgClient, marks: Marks): Promise<Marks> {
  if (marks.timestamp === undefined) return marks;
  const { rows } = await client.query({ text: 'SELECT clock_timestamp()::text', rowMode: 'array' });
  const now = (rows as string[][])[0]![0]!;
  return timeOrder(marks.timestamp) <= timeOrder(now) ? marks : { ...marks, timestamp: now };
}
