// The offsets of an exactly-once sink, in the database that holds the rows. They move in the rows' own transaction, and only from the offset that
// this task knows to the next: a task that was taken the place of finds another offset there, and its transaction comes to nothing.

import type { Client as PgClient, QueryResult } from 'pg';
import { RetriableError, type TopicOffset, type TopicPartition } from '../../connect/api/index.js';
import type { Database } from './database.js';
import { connectorError, outcomeOf, Refusal } from './database-error.js';
import { parseTableName, quotedTable } from './identifier.js';

const lockTimeout = '55P03';

/** From what a partition's offset moves to what. `from` is undefined where the database holds none yet. */
export interface OffsetMove extends TopicPartition {
  readonly from: number | undefined;
  readonly to: number;
}

/** For how long, in milliseconds, a transaction may go on without a word from its client, and how long this task waits for one at once. 0: for ever. */
export interface Patience {
  readonly idleMs: number;
  readonly lockMs: number;
}

export class SinkOffsets {
  readonly #database: Database;
  readonly #connector: string;
  readonly #table: string;
  readonly #patience: Patience;

  constructor(database: Database, connector: string, table: string, patience: Patience) {
    this.#database = database;
    this.#connector = connector;
    this.#table = quotedTable(parseTableName(table));
    this.#patience = patience;
  }

  async create(): Promise<void> {
    const sql = `CREATE TABLE IF NOT EXISTS ${this.#table} (connector text, topic text, partition integer,
      "offset" bigint NOT NULL, PRIMARY KEY (connector, topic, partition))`;
    try {
      await this.#database.query(sql);
    } catch (error) {
      const { code } = error as { code?: string };
      if (code !== '23505' && code !== '42P07') throw connectorError(error, `making the table ${this.#table}`);
    }
  }

  /** The offsets that are there, of these partitions. Waits for a transaction that is still moving them, such as one of a connection that was lost. */
  async read(partitions: readonly TopicPartition[]): Promise<readonly TopicOffset[]> {
    try {
      return await this.#lock(partitions);
    } catch (error) {
      if ((error as { code?: string }).code !== lockTimeout || (await this.#endSilent()) === 0) {
        throw connectorError(error, `reading the offsets in ${this.#table}`);
      }
      throw new RetriableError(
        `reading the offsets in ${this.#table}: they were held by a transaction whose client had stopped in the middle of a COPY; it was ended`,
      );
    }
  }

  async #lock(partitions: readonly TopicPartition[]): Promise<readonly TopicOffset[]> {
    const client = await this.#database.client();
    try {
      await client.query(`BEGIN; SET LOCAL lock_timeout TO ${this.#patience.lockMs}`);
      const found = await this.#select(partitions);
      const missing = partitions.filter(each => !found.some(offset => isSame(offset, each)));
      if (missing.length > 0) await this.#awaitFirst(missing);
      const made = missing.length > 0 ? await this.#select(missing) : [];
      await client.query('ROLLBACK');
      return [...found, ...made];
    } catch (error) {
      if (outcomeOf(error) === 'away') this.#database.drop(client);
      else await client.query('ROLLBACK').catch(() => this.#database.drop(client));
      throw error;
    }
  }

  /**
   * The server ends a transaction that waits for the next statement of a client that hangs, but not one that waits for the rest of its COPY: no timeout counts
   * there. How many there were, of those that write these offsets.
   */
  async #endSilent(): Promise<number> {
    const { idleMs } = this.#patience;
    if (idleMs === 0) return 0;
    const { rows } = await this.#database.query(
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
       WHERE datname = current_database() AND pid <> pg_backend_pid() AND state = 'active' AND wait_event = 'ClientRead' AND query LIKE 'COPY %'
         AND state_change < now() - $2 * interval '1 millisecond'
         AND pid IN (SELECT pid FROM pg_locks WHERE relation = $1::regclass AND mode = 'RowExclusiveLock' AND granted)`,
      [this.#table, idleMs],
    );
    return rows.length;
  }

  async #select(partitions: readonly TopicPartition[]): Promise<readonly TopicOffset[]> {
    const sql = `SELECT topic, partition, "offset" FROM ${this.#table}
      WHERE connector = $1 AND (topic, partition) IN (SELECT * FROM unnest($2::text[], $3::integer[]))
      FOR UPDATE`;
    const topics = partitions.map(each => each.topic);
    const numbers = partitions.map(each => each.partition);
    const { rows } = await this.#database.query(sql, [this.#connector, topics, numbers]);
    return (rows as Record<'topic' | 'partition' | 'offset', string>[]).map(row => ({
      topic: row.topic,
      partition: Number(row.partition),
      offset: Number(row.offset),
    }));
  }

  /** A row that another transaction is about to make cannot be locked; but to insert the same waits for what becomes of it. Nothing is left here. */
  async #awaitFirst(missing: readonly TopicPartition[]): Promise<void> {
    const client = await this.#database.client();
    const inserts = this.moveSql(
      client,
      missing.map(({ topic, partition }) => ({ topic, partition, from: undefined, to: 0 })),
    );
    await this.#database.query(['SAVEPOINT first', ...inserts, 'ROLLBACK TO first'].join('; '));
  }

  /** A statement for each, to run at the beginning of the transaction of the rows. */
  moveSql(client: PgClient, moves: readonly OffsetMove[]): readonly string[] {
    const text = (value: string): string => client.escapeLiteral(value);
    return moves.map(({ topic, partition, from, to }) => {
      if (from === undefined)
        return `INSERT INTO ${this.#table} VALUES (${text(this.#connector)}, ${text(topic)}, ${partition}, ${to}) ON CONFLICT DO NOTHING`;
      const place = `connector = ${text(this.#connector)} AND topic = ${text(topic)} AND partition = ${partition}`;
      return `UPDATE ${this.#table} SET "offset" = ${to} WHERE ${place} AND "offset" = ${from}`;
    });
  }

  /** Throws Refusal when an offset was not what this task has left there. */
  requireMoved(moves: readonly OffsetMove[], results: readonly QueryResult[]): void {
    for (const [at, { topic, partition, from }] of moves.entries()) {
      if (results[at]!.rowCount === 1) continue;
      throw new Refusal(
        `${topic}-${partition}: the offset in the database is not ${from ?? 'missing'} any more: another task writes for connector ${this.#connector}`,
      );
    }
  }
}

function isSame(left: TopicPartition, right: TopicPartition): boolean {
  return left.partition === right.partition && left.topic === right.topic;
}
