import type { Client as PgClient } from 'pg';
import {
  originOf,
  RetriableError,
  type SinkBatch,
  type SinkContext,
  type SinkRecord,
  type SinkTask,
  type TopicOffset,
  type TopicPartition,
} from '../../connect/api/index.js';
import { Database } from './database.js';
import { connectorError, outcomeOf, Refusal } from './database-error.js';
import type { PostgresSinkConfig } from './postgres-sink-config.js';
import { type Prepared, RowWriter } from './row-writer.js';
import { type OffsetMove, SinkOffsets } from './sink-offsets.js';
import { TableKeeper } from './table-keeper.js';

interface Position extends TopicPartition {
  /** What the database holds, as far as this task knows; undefined: nothing yet. */
  stored: number | undefined;
  /** What it would hold after a commit whose outcome nobody knows. */
  uncertain: number | undefined;
}

/**
 * Writes each batch in one transaction, its offsets among the rows. After a lost connection the offsets in the database tell whether the last commit
 * was carried out; nothing is written twice, nothing is left out.
 */
export class PostgresSinkTask implements SinkTask {
  readonly #config: PostgresSinkConfig;
  readonly #context: SinkContext;
  readonly #database: Database;
  readonly #offsets: SinkOffsets;
  readonly #tables: TableKeeper;
  readonly #writer: RowWriter;
  readonly #positions = new Map<string, Position>();
  #generation = 0;

  constructor(config: PostgresSinkConfig, context: SinkContext) {
    this.#config = config;
    this.#context = context;
    // Of a process that hangs, or a machine that is gone, an open transaction would hold the offsets' rows locked against its successor.
    const idle = `idle_in_transaction_session_timeout TO ${config['transaction.idle.timeout.ms']}`;
    this.#database = new Database(config, context.logger, [idle]);
    this.#offsets = new SinkOffsets(this.#database, context.connector, config['offsets.table']);
    this.#tables = new TableKeeper(this.#database, config, context.logger);
    this.#writer = new RowWriter(this.#tables, config);
  }

  async open(assigned: readonly TopicPartition[]): Promise<readonly TopicOffset[] | undefined> {
    await this.#database.client();
    if (!this.#config['exactly.once']) return undefined;
    await this.#offsets.create();
    const stored = await this.#offsets.read(assigned);
    for (const partition of assigned) {
      this.#positions.set(nameOf(partition), { ...partition, stored: undefined, uncertain: undefined });
    }
    for (const each of stored) this.#positions.get(nameOf(each))!.stored = each.offset;
    this.#generation = this.#database.generation;
    return stored;
  }

  async put(batches: readonly SinkBatch[]): Promise<void> {
    await this.#settle();
    for (const part of partsOf(batches, this.#config['batch.size'])) await this.#write(part);
  }

  close(partitions: readonly TopicPartition[]): void {
    for (const partition of partitions) this.#positions.delete(nameOf(partition));
  }

  async stop(): Promise<void> {
    await this.#database.close();
  }

  /** After a lost connection: what the database holds now is where each partition stands. */
  async #settle(): Promise<void> {
    await this.#database.client();
    if (this.#generation === this.#database.generation) return;
    this.#tables.forget();
    if (this.#config['exactly.once']) {
      for (const found of await this.#offsets.read([...this.#positions.values()])) {
        const position = this.#positions.get(nameOf(found))!;
        if (found.offset !== position.stored && found.offset !== position.uncertain) throw replaced(found);
        position.stored = found.offset;
      }
      for (const position of this.#positions.values()) position.uncertain = undefined;
    }
    this.#generation = this.#database.generation;
  }

  async #write(part: readonly SinkRecord[]): Promise<void> {
    const records = this.#config['exactly.once'] ? part.filter(record => this.#isNew(record)) : part;
    if (records.length === 0) return;
    const moves = this.#config['exactly.once'] ? this.#movesOf(records) : [];
    try {
      const prepared = await this.#writer.prepare(records);
      for (const { record, error } of prepared.rejected) await this.#context.reject(record, error);
      await this.#commit(prepared, moves);
    } catch (error) {
      if (hasChangedTable(error)) {
        this.#tables.forget();
        throw new RetriableError(`a table was changed meanwhile: ${(error as Error).message}`, { cause: error });
      }
      throw connectorError(error, 'writing to the database');
    }
    for (const move of moves) this.#positionOf(move).stored = move.to;
  }

  async #commit(prepared: Prepared, moves: readonly OffsetMove[]): Promise<void> {
    try {
      await this.#transaction(moves, client => this.#writer.writeAll(client, prepared));
    } catch (error) {
      if (outcomeOf(error) !== 'bad-data') throw error;
      await this.#transaction(moves, client => this.#writer.writeEach(client, prepared, this.#context));
    }
  }

  async #transaction(moves: readonly OffsetMove[], write: (client: PgClient) => Promise<void>): Promise<void> {
    for (const move of moves) this.#positionOf(move).uncertain = move.to;
    const { failpoint } = this.#context;
    const work = async (client: PgClient): Promise<void> => {
      await this.#offsets.move(client, moves);
      failpoint('postgres-sink/offsets-moved');
      await write(client);
      failpoint('postgres-sink/rows-written');
    };
    await this.#database.transaction(work, () => failpoint('postgres-sink/committing'));
    failpoint('postgres-sink/committed');
  }

  #isNew(record: SinkRecord): boolean {
    const { stored } = this.#positionOf(originOf(record));
    return stored === undefined || record.offset >= stored;
  }

  #movesOf(records: readonly SinkRecord[]): readonly OffsetMove[] {
    const moves = new Map<string, OffsetMove>();
    for (const record of records) {
      const { topic, partition } = originOf(record);
      const name = nameOf({ topic, partition });
      moves.set(name, { topic, partition, from: this.#positions.get(name)?.stored, to: record.offset + 1 });
    }
    return [...moves.values()];
  }

  #positionOf(partition: TopicPartition): Position {
    const found = this.#positions.get(nameOf(partition));
    if (found === undefined) throw new Refusal(`${nameOf(partition)} is not this task’s`);
    return found;
  }
}

function nameOf({ topic, partition }: TopicPartition): string {
  return `${topic}-${partition}`;
}

function replaced({ topic, partition, offset }: TopicOffset): Refusal {
  return new Refusal(
    `${topic}-${partition}: the database holds offset ${offset}, which this task has not written: another has taken its place`,
  );
}

/** An undefined column or table: what was known of it is out of date. */
function hasChangedTable(error: unknown): boolean {
  const { code } = error as { code?: string };
  return code === '42703' || code === '42P01';
}

/** Records in the order of their batches, at most so many in a part. */
function* partsOf(batches: readonly SinkBatch[], size: number): Generator<readonly SinkRecord[]> {
  let part: SinkRecord[] = [];
  for (const { records } of batches) {
    for (const record of records) {
      part.push(record);
      if (part.length < size) continue;
      yield part;
      part = [];
    }
  }
  if (part.length > 0) yield part;
}
