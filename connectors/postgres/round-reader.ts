// Reads one table (or query) in rounds, each from one snapshot of the database, a portion of rows at a time. A table is swept whole as often as that costs
// a twentieth of the time: a small one in every round.

import type { Client as PgClient } from 'pg';
import type { ConnectorClock } from '../../connect/api/index.js';
import type { Database } from './database.js';
import { outcomeOf, Refusal } from './database-error.js';
import { IdRanges } from './id-ranges.js';
import { type Marks, type ReadPosition, type RoundPosition, startPosition } from './read-position.js';
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
  readonly clock: ConnectorClock;
  /** Every round is a sweep: nothing may be left for later. */
  readonly isOnce: boolean;
  /** The database is another one than the position was taken in: its transactions are not those that it names. */
  onForeignPosition(): void;
}

/** A column has another type than the readers of its values were made for. */
export class TableChanged extends Refusal {}

/** A round, once it is known from where and up to where it reads. */
interface Round extends RoundPosition {
  readonly from: ReadPosition;
}

const sweepEvery = 20;

export class RoundReader {
  readonly #database: Database;
  readonly #options: RoundOptions;
  /** The highest at the end of the last sweep: the floor of the next. */
  #sweptUpTo: Marks | undefined;
  #sweepDueMs = Number.NEGATIVE_INFINITY;
  #types: string | undefined;

  constructor(database: Database, options: RoundOptions) {
    this.#database = database;
    this.#options = options;
  }

  /** One round from `position`. The last portion's position ends the round, and may come without rows. */
  async *round(position: ReadPosition): AsyncGenerator<Portion> {
    const client = await this.#database.client();
    await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY');
    let end = 'ROLLBACK';
    try {
      yield* this.#read(client, position);
      end = 'COMMIT';
    } catch (error) {
      // On a connection that does not answer, nothing more is asked.
      if (outcomeOf(error) === 'away') this.#database.drop(client);
      throw error;
    } finally {
      await client.query(end).catch(() => this.#database.drop(client));
    }
  }

  async *#read(client: PgClient, begun: ReadPosition): AsyncGenerator<Portion> {
    const { criteria, rowsMax, clock } = this.#options;
    const seen = await limitsOf(client);
    const round = this.#roundFrom(this.#inThisDatabase(begun, seen), seen);
    const { from, bound, isSweep } = round;
    const { text, values } = roundQuery(criteria, from, { bound, next: seen.next }, isSweep);
    await client.query(`DECLARE round NO SCROLL CURSOR FOR ${text}`, [...values]);
    let { highest, ids } = from;
    let spentMs = 0;
    for (;;) {
      const fetchedAt = clock.monotonic();
      const fetched = await client.query({ text: `FETCH ${rowsMax} FROM round`, rowMode: 'array' });
      spentMs += clock.monotonic() - fetchedAt;
      const rows = fetched.rows as TextRow[];
      this.#requireSameTypes(fetched.fields.map(field => field.dataTypeID).join());
      if (rows.length === 0) break;
      const last = marksOf(rows.at(-1)!);
      highest = higher(highest, last, criteria);
      ids = criteria.areIdsKept ? (ids?.copy() ?? new IdRanges()) : undefined;
      const fresh = ids === undefined ? rows : rows.filter(row => ids!.add(BigInt(row[0]!)));
      const isWhole = criteria.incrementing === undefined && criteria.timestamp.length === 0;
      yield {
        rows: fresh.map(row => row.slice(3)),
        position: isWhole ? from : { ...from, round: { bound, isSweep, last }, highest, ids },
      };
    }
    await client.query('CLOSE round');
    yield { rows: [], position: await this.#ended(client, round, { highest, ids }, spentMs) };
  }

  #requireSameTypes(types: string): void {
    this.#types ??= types;
    if (types !== this.#types) throw new TableChanged('a column has another type now');
  }

  /** The rest of the round that was cut off, or the next. */
  #roundFrom(from: ReadPosition, seen: RoundLimits): Round {
    if (from.round !== undefined) return { ...from.round, from };
    const hasFloor = from.floor.incrementing !== undefined || from.floor.timestamp !== undefined;
    const isDue = this.#options.isOnce || this.#options.clock.monotonic() >= this.#sweepDueMs;
    // What has ended stays so, also where this time nobody could say which database a transaction below was of.
    const bound = from.bound !== undefined && from.bound > seen.bound ? from.bound : seen.bound;
    return { bound, isSweep: isDue || !hasFloor, last: {}, from };
  }

  async #ended(
    client: PgClient,
    { from, bound, isSweep }: Round,
    reached: Pick<ReadPosition, 'highest' | 'ids'>,
    spentMs: number,
  ): Promise<ReadPosition> {
    const { criteria, clock } = this.#options;
    if (!criteria.hasTransactions) return { ...startPosition, floor: reached.highest, highest: reached.highest };
    if (!isSweep) return { ...from, ...reached, bound, round: undefined };
    const floor = this.#sweptUpTo ?? from.floor;
    this.#sweptUpTo = await notAhead(client, reached.highest);
    this.#sweepDueMs = clock.monotonic() + sweepEvery * spentMs;
    return { ...reached, bound, swept: bound, round: undefined, floor };
  }

  /** Transaction ids of a restored copy may be lower than those of the offset: then only the marks can be gone by. */
  #inThisDatabase(position: ReadPosition, limits: RoundLimits): ReadPosition {
    const seen = position.round?.bound ?? position.bound;
    if (seen === undefined || seen <= limits.next) return position;
    this.#options.onForeignPosition();
    return { ...startPosition, floor: position.highest, highest: position.highest, ids: position.ids };
  }
}

/** A row may carry a time that is still to come; others may be written before it. */
async function notAhead(client: PgClient, marks: Marks): Promise<Marks> {
  if (marks.timestamp === undefined) return marks;
  const { rows } = await client.query({ text: 'SELECT clock_timestamp()::text', rowMode: 'array' });
  const now = (rows as [[string]])[0][0];
  return timeOrder(marks.timestamp) <= timeOrder(now) ? marks : { timestamp: now };
}

function marksOf(row: TextRow): Marks {
  return { incrementing: row[0] ?? undefined, timestamp: row[1] ?? undefined, row: row[2] ?? undefined };
}

/** Rounds come in the order of their marks, but a late row lies below what was read before. */
function higher(highest: Marks, last: Marks, { timestamp }: Criteria): Marks {
  if (timestamp.length > 0) {
    return timeOrder(last.timestamp) >= timeOrder(highest.timestamp) ? ofColumns(last) : highest;
  }
  const [before, now] = [highest.incrementing, last.incrementing];
  return before === undefined || Number(now) >= Number(before) ? ofColumns(last) : highest;
}

/** A place holds for one version of a row; as a highest mark it says nothing. */
function ofColumns({ incrementing, timestamp }: Marks): Marks {
  return { incrementing, timestamp };
}
