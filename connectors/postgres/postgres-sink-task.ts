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

const stopWaitMs = 2_000;

/** What `put` has not yet written, a transaction each. */
interface Pending {
  readonly parts: (readonly SinkRecord[])[];
  running: Promise<void>;
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
  #pending: Pending | undefined;

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
    if (this.#positions.size > 0) await this.#settle();
    await this.#database.client();
    for (const partition of assigned) {
      this.#positions.set(nameOf(partition), { ...partition, stored: undefined, uncertain: undefined });
    }
    if (!this.#config['exactly.once']) return undefined;
    await this.#offsets.create();
    const stored = await this.#offsets.read(assigned);
    for (const each of stored) this.#positions.get(nameOf(each))!.stored = each.offset;
    this.#generation = this.#database.generation;
    return stored;
  }

  async put(batches: readonly SinkBatch[]): Promise<void> {
    const parts = [...partsOf(batches, this.#config['batch.size'])];
    const pending: Pending = { parts, running: Promise.resolve() };
    this.#pending = pending;
    pending.running = this.#writeParts(pending);
    try {
      await pending.running;
    } finally {
      if (this.#pending === pending) this.#pending = undefined;
    }
  }

  close(partitions: readonly TopicPartition[]): void {
    for (const partition of partitions) this.#positions.delete(nameOf(partition));
  }

  /** One transaction after the other; the texts of the next are made while the server works on one. */
  async #writeParts(pending: Pending): Promise<void> {
    await this.#settle();
    let next: Prepared | undefined;
    while (pending.parts.length > 0 && this.#pending === pending) {
      const [part] = pending.parts as [readonly SinkRecord[]];
      const prepared = next ?? (await this.#writer.prepare(this.#newOf(part)).catch(failed));
      next = undefined;
      const prepareNext = (): void => {
        const following = pending.parts[1];
        if (following !== undefined) next ??= this.#writer.prepareAhead(this.#newOf(following));
      };
      await this.#write(prepared, prepareNext).catch((error: unknown) => {
        if (hasChangedTable(error)) this.#tables.forget();
        failed(error);
      });
      pending.parts.shift();
    }
  }

  /** What is being written is waited for, but not for ever: its successor finds what became of it in the database. */
  async stop(): Promise<void> {
    const running = this.#pending?.running;
    this.#pending = undefined;
    const waiting = new AbortController();
    const late = this.#context.clock.sleep(stopWaitMs, waiting.signal).catch(() => undefined);
    await Promise.race([running?.catch(() => undefined), late]);
    waiting.abort();
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

  async #write(prepared: Prepared, sent: () => void): Promise<void> {
    if (prepared.records.length === 0) return;
    const moves = this.#config['exactly.once'] ? this.#movesOf(prepared.records) : [];
    for (const { record, error } of prepared.rejected) await this.#context.reject(record, error);
    try {
      await this.#transaction(moves, client => this.#writer.writeAll(client, prepared, sent));
    } catch (error) {
      if (outcomeOf(error) !== 'bad-data') throw error;
      await this.#writeEach(prepared, moves);
    }
    for (const move of moves) this.#positionOf(move).stored = move.to;
  }

  async #writeEach(prepared: Prepared, moves: readonly OffsetMove[]): Promise<void> {
    const each = prepared.plain === undefined ? prepared : await this.#writer.prepareEach(prepared.records);
    if (each !== prepared) for (const { record, error } of each.rejected) await this.#context.reject(record, error);
    await this.#transaction(moves, client => this.#writer.writeEach(client, each, this.#context));
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

  /** Without those that the database has by now. */
  #newOf(part: readonly SinkRecord[]): readonly SinkRecord[] {
    if (!this.#config['exactly.once']) return part;
    let stored = 0;
    return part.filter((record, at) => {
      if (!isSamePlace(part[at - 1], record)) stored = this.#positionOf(originOf(record)).stored ?? 0;
      return record.offset >= stored;
    });
  }

  #movesOf(records: readonly SinkRecord[]): readonly OffsetMove[] {
    const moves = new Map<string, OffsetMove>();
    for (const [at, record] of records.entries()) {
      if (isSamePlace(record, records[at + 1])) continue;
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

function failed(error: unknown): never {
  if (!hasChangedTable(error)) throw connectorError(error, 'writing to the database');
  throw new RetriableError(`a table was changed meanwhile: ${(error as Error).message}`, { cause: error });
}

/** Neighbours in a batch of one partition. */
function isSamePlace(left: SinkRecord | undefined, right: SinkRecord | undefined): boolean {
  return (
    left !== undefined &&
    right !== undefined &&
    left.partition === right.partition &&
    left.topic === right.topic &&
    left.origin === right.origin
  );
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
