// Reads one table (or query) in rounds, each from one snapshot of the database, a portion of rows at a time.

import type { Client as PgClient } from 'pg';
import type { Database } from './database.js';
import { FloorKeeper } from './floor-keeper.js';
import { type Marks, type ReadPosition, startPosition } from './read-position.js';
import { type Criteria, type RoundLimits, roundQuery } from './round-sql.js';
import { limitsOf } from './snapshot-limits.js';
import { timeOrder } from './time-order.js';

/** A row as texts, in the order of the query's columns. */
export type TextRow = readonly (string | null)[];

export interface Portion {
  readonly rows: readonly TextRow[];
  /** Where to go on behind these rows. */
  readonly position: ReadPosition;
}

export interface RoundOptions {
  readonly criteria: Criteria;
  readonly rowsMax: number;
  /** The database is another one than the position was taken in: its transactions are not those that it names. */
  onForeignPosition(): void;
}

export class RoundReader {
  readonly #database: Database;
  readonly #options: RoundOptions;
  readonly #floor = new FloorKeeper();

  constructor(database: Database, options: RoundOptions) {
    this.#database = database;
    this.#options = options;
  }

  /** One round from `position`. The last portion's position ends the round, and may come without rows. */
  async *round(position: ReadPosition): AsyncGenerator<Portion> {
    const client = await this.#database.client();
    await this.#floor.before(client);
    await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY');
    let isDone = false;
    try {
      yield* this.#read(client, position);
      isDone = true;
    } finally {
      await client.query(isDone ? 'COMMIT' : 'ROLLBACK').catch(() => this.#database.drop(client));
    }
  }

  async *#read(client: PgClient, begun: ReadPosition): AsyncGenerator<Portion> {
    const { criteria, rowsMax } = this.#options;
    const seen = await limitsOf(client);
    const from = this.#inThisDatabase(begun, seen);
    const limits = notBehind(from, seen);
    const { text, values } = roundQuery(criteria, from, limits);
    await client.query(`DECLARE round NO SCROLL CURSOR FOR ${text}`, [...values]);
    let highest = from.highest;
    for (;;) {
      const fetched = await client.query({ text: `FETCH ${rowsMax} FROM round`, rowMode: 'array' });
      const rows = fetched.rows as TextRow[];
      if (rows.length === 0) break;
      const last = marksOf(rows.at(-1)!);
      highest = higher(highest, last, criteria);
      const isWhole = criteria.incrementing === undefined && criteria.timestamp.length === 0;
      yield {
        rows: rows.map(row => row.slice(2)),
        position: isWhole ? from : { ...from, round: roundOf(from, limits, last), highest },
      };
    }
    await client.query('CLOSE round');
    yield { rows: [], position: await this.#ended(client, from, limits, highest) };
  }

  async #ended(client: PgClient, from: ReadPosition, limits: RoundLimits, highest: Marks): Promise<ReadPosition> {
    if (!this.#options.criteria.hasTransactions) return { bound: undefined, round: undefined, floor: highest, highest };
    const floor = await this.#floor.after(client, limits.bound, highest);
    return { bound: limits.bound, round: undefined, floor: floor ?? from.floor, highest };
  }

  /** Transaction ids of a restored copy may be lower than those of the offset: then only the marks can be gone by. */
  #inThisDatabase(position: ReadPosition, limits: RoundLimits): ReadPosition {
    const seen = position.round?.bound ?? position.bound;
    if (seen === undefined || seen <= limits.next) return position;
    this.#options.onForeignPosition();
    return { ...startPosition, floor: position.highest, highest: position.highest };
  }
}

/** A round that goes on after a restart keeps the bound up to which its first part was read. */
function roundOf(from: ReadPosition, limits: RoundLimits, last: Marks): ReadPosition['round'] {
  return { bound: from.round?.bound ?? limits.bound, last };
}

/** What has ended stays so, also where this time nobody could say which database a transaction below was of. */
function notBehind({ bound, round }: ReadPosition, limits: RoundLimits): RoundLimits {
  const known = [bound ?? 0n, round?.bound ?? 0n].reduce((high, each) => (each > high ? each : high), limits.bound);
  return { bound: known, next: limits.next };
}

function marksOf(row: TextRow): Marks {
  return { incrementing: row[0] ?? undefined, timestamp: row[1] ?? undefined };
}

/** Rounds come in the order of their marks, but a late row lies below what was read before. */
function higher(highest: Marks, last: Marks, { timestamp }: Criteria): Marks {
  if (timestamp.length > 0) {
    return timeOrder(last.timestamp) >= timeOrder(highest.timestamp) ? last : highest;
  }
  const [before, now] = [highest.incrementing, last.incrementing];
  return before === undefined || Number(now) >= Number(before) ? last : highest;
}
