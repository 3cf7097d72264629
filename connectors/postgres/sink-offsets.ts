// The offsets of an exactly-once sink, in the database that holds the rows. They move in the rows' own transaction, and only from the offset that
// this task knows to the next: a task that was taken the place of finds another offset there, and its transaction comes to nothing.

import type { Client as PgClient, QueryResult } from 'pg';
import type { TopicOffset, TopicPartition } from '../../connect/api/index.js';
import type { Database } from './database.js';
import { connectorError, Refusal } from './database-error.js';
import { parseTableName, quotedTable } from './identifier.js';

/** From what a partition's offset moves to what. `from` is undefined where the database holds none yet. */
export interface OffsetMove extends TopicPartition {
  readonly from: number | undefined;
  readonly to: number;
}

export class SinkOffsets {
  readonly #database: Database;
  readonly #connector: string;
  readonly #table: string;

  constructor(database: Database, connector: string, table: string) {
    this.#database = database;
    this.#connector = connector;
    this.#table = quotedTable(parseTableName(table));
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
      const found = await this.#select(partitions);
      const missing = partitions.filter(each => !found.some(offset => isSame(offset, each)));
      if (missing.length === 0) return found;
      await this.#awaitFirst(missing);
      return [...found, ...(await this.#select(missing))];
    } catch (error) {
      throw connectorError(error, `reading the offsets in ${this.#table}`);
    }
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
    try {
      await this.#database.query(['BEGIN', ...inserts, 'ROLLBACK'].join('; '));
    } catch (error) {
      await client.query('ROLLBACK').catch(() => undefined);
      throw error;
    }
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
