// Makes changes of records and writes them. First all together, a statement for many rows; where the database refuses a value, one by one
// behind savepoints, so that only the bad records are handed to the dead letters.

import type { Client as PgClient } from 'pg';
import { DataError, type SinkContext, type SinkRecord } from '../../connect/api/index.js';
import { connectorError, outcomeOf } from './database-error.js';
import { type PlainStatement, plainStatement } from './plain-rows.js';
import { type PostgresSinkConfig, topicPlaceholder } from './postgres-sink-config.js';
import { type RecordFields, recordFields } from './record-fields.js';
import { copyChunks, copySql, statementFor } from './statement-sql.js';
import type { TableKeeper } from './table-keeper.js';
import type { TableShape } from './table-shape.js';
import { valueText } from './value-text.js';
import { type RowChange, type StatementRows, statementsOf } from './waves.js';

/** What was made of records, and those of which nothing could be made. */
export interface Prepared {
  readonly records: readonly SinkRecord[];
  readonly changes: readonly RowChange[];
  readonly rejected: readonly { readonly record: SinkRecord; readonly error: Error }[];
  /** Where it is there, it stands for all of the changes. */
  readonly plain?: PlainStatement | undefined;
}

export class RowWriter {
  readonly #tables: TableKeeper;
  readonly #config: PostgresSinkConfig;
  readonly #isKeyed: boolean;

  constructor(tables: TableKeeper, config: PostgresSinkConfig) {
    this.#tables = tables;
    this.#config = config;
    this.#isKeyed = config['insert.mode'] !== 'insert' && config['pk.mode'] !== 'none';
  }

  /** Rejects with ConfigError, RetriableError; bad records are in the answer. */
  async prepare(records: readonly SinkRecord[]): Promise<Prepared> {
    if (records.length === 0) return { records, changes: [], rejected: [] };
    await this.#tables.find(this.#tableOf(records[0]!.topic));
    return this.prepareAhead(records) ?? (await this.prepareEach(records));
  }

  /** Without a word to the database, so that it may be done in the middle of a transaction. Undefined where that is not enough. */
  prepareAhead(records: readonly SinkRecord[]): Prepared | undefined {
    const topic = records[0]?.topic;
    if (topic === undefined || !records.every(record => record.topic === topic)) return undefined;
    const table = this.#tables.known(this.#tableOf(topic));
    const plain = table === undefined ? undefined : plainStatement(records, table, this.#config);
    return plain === undefined ? undefined : { records, changes: [], rejected: [], plain };
  }

  /** The same, with a change for each record. */
  async prepareEach(records: readonly SinkRecord[]): Promise<Prepared> {
    const changes: RowChange[] = [];
    const rejected: { record: SinkRecord; error: Error }[] = [];
    for (const [table, indexed] of this.#byTable(records)) {
      const taken: { index: number; fields: RecordFields }[] = [];
      const primaryKey = (await this.#tables.find(table))?.primaryKey ?? [];
      for (const { index, record } of indexed) {
        attempt(record, rejected, () => taken.push({ index, fields: recordFields(record, this.#config, primaryKey) }));
      }
      await this.#shape(table, taken, changes, rejected);
    }
    changes.sort((left, right) => left.index - right.index);
    return { records, changes, rejected };
  }

  /** All changes, in as few statements as may be. Throws what the server answers. */
  async writeAll(client: PgClient, { changes, plain }: Prepared): Promise<void> {
    if (plain?.kind === 'copy') return await copy(client, plain.sql, plain.chunks);
    if (plain?.kind === 'query') return void (await client.query(plain.text, [...plain.values]));
    for (const rows of statementsOf(changes, this.#isKeyed)) await this.#run(client, rows);
  }

  /** In halves, and their halves, down to what the database refuses: that goes to the dead letters before the transaction may commit. */
  async writeEach(client: PgClient, { changes, records }: Prepared, reject: SinkContext['reject']): Promise<void> {
    const write = async (part: readonly RowChange[]): Promise<void> => {
      await client.query('SAVEPOINT part');
      try {
        for (const rows of statementsOf(part, this.#isKeyed)) await this.#run(client, rows);
        await client.query('RELEASE SAVEPOINT part');
        return;
      } catch (error) {
        if (outcomeOf(error) !== 'bad-data') throw error;
        await client.query('ROLLBACK TO SAVEPOINT part; RELEASE SAVEPOINT part');
        const [only] = part;
        if (part.length === 1)
          return await reject(records[only!.index]!, connectorError(error, `writing to ${only!.table.sql}`));
      }
      const middle = part.length >> 1;
      await write(part.slice(0, middle));
      await write(part.slice(middle));
    };
    if (changes.length > 0) await write(changes);
  }

  async #run(client: PgClient, rows: StatementRows): Promise<void> {
    if (this.#config['insert.mode'] === 'insert' && !rows.isDelete)
      return await copy(client, copySql(rows.table, rows.columns), copyChunks(rows));
    const { text, values } = statementFor(rows, this.#config['insert.mode']);
    await client.query(text, [...values]);
  }

  #tableOf(topic: string): string {
    return this.#config['table.name.format'].replaceAll(topicPlaceholder, topic);
  }

  #byTable(records: readonly SinkRecord[]): ReadonlyMap<string, { index: number; record: SinkRecord }[]> {
    const tables = new Map<string, { index: number; record: SinkRecord }[]>();
    records.forEach((record, index) => {
      const table = this.#tableOf(record.topic);
      const rows = tables.get(table);
      if (rows === undefined) tables.set(table, [{ index, record }]);
      else rows.push({ index, record });
    });
    return tables;
  }

  /** Finds the table's columns and writes each value as text. Records that need a column which may not be made are bad, not the batch. */
  async #shape(
    table: string,
    taken: readonly { index: number; fields: RecordFields }[],
    changes: RowChange[],
    rejected: { record: SinkRecord; error: Error }[],
  ): Promise<void> {
    if (taken.length === 0) return;
    try {
      const shape = await this.#tables.fit(
        table,
        taken.map(each => each.fields),
      );
      for (const { index, fields } of taken) {
        attempt(fields.record, rejected, () => changes.push(changeOf(index, fields, shape)));
      }
    } catch (error) {
      if (!(error instanceof DataError)) throw error;
      if (taken.length === 1) rejected.push({ record: taken[0]!.fields.record, error });
      else for (const each of taken) await this.#shape(table, [each], changes, rejected);
    }
  }
}

function attempt(record: SinkRecord, rejected: { record: SinkRecord; error: Error }[], work: () => void): void {
  try {
    work();
  } catch (error) {
    if (!(error instanceof DataError)) throw error;
    rejected.push({ record, error });
  }
}

function changeOf(index: number, fields: RecordFields, table: TableShape): RowChange {
  const columns: string[] = [];
  const texts: (string | null)[] = [];
  for (let at = 0; at < fields.names.length; at++) {
    const column = table.columns.get(fields.names[at]!)!;
    if (column.isComputed) continue;
    columns.push(column.name);
    texts.push(valueText(fields.values[at], column, fields.schemas[at]));
  }
  return { index, table, isDelete: fields.isDelete, columns, texts, keyCount: fields.keyCount };
}

async function copy(client: PgClient, sql: string, chunks: readonly Uint8Array[]): Promise<void> {
  const { from } = await import('pg-copy-streams');
  const stream = client.query(from(sql));
  await new Promise<void>((resolve, reject) => {
    stream.on('error', reject);
    stream.on('finish', resolve);
    for (const chunk of chunks) stream.write(chunk);
    stream.end();
  });
}
