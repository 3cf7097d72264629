import type { Client as PgClient, QueryResult } from 'pg';
import {
  type CommittedOffset,
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
import { WriteBehind } from './write-behind.js';

interface Position extends TopicPartition {
  /** What the database holds, as far as this task knows; undefined: nothing yet. */
  stored: number | undefined;
  /** What it would hold after a commit whose outcome nobody knows. */
  uncertain: number | undefined;
  /** Behind the last record that `put` has taken. */
  taken: number;
}

const stopWaitMs = 2_000;

/** Records that are written by one transaction. */
interface Part {
  readonly records: readonly SinkRecord[];
  /** Made of all of the records. */
  prepared: Prepared | undefined;
}

/**
 * Writes records behind `put`, each part of them in one transaction, its offsets among the rows. After a lost connection the offsets in the database tell
 * whether the last commit was carried out; nothing is written twice, nothing is left out.
 */
export class PostgresSinkTask implements SinkTask {
  readonly readsFlat = true;
  readonly #config: PostgresSinkConfig;
  readonly #context: SinkContext;
  readonly #database: Database;
  readonly #offsets: SinkOffsets;
  readonly #tables: TableKeeper;
  readonly #writer: RowWriter;
  readonly #behind: WriteBehind<Part>;
  readonly #positions = new Map<string, Position>();
  #generation = 0;

  constructor(config: PostgresSinkConfig, context: SinkContext) {
    this.#config = config;
    this.#context = context;
    // Of a process that hangs, or a machine that is gone, an open transaction would hold the offsets' rows locked against its successor.
    const idleMs = config['transaction.idle.timeout.ms'];
    const idle = `idle_in_transaction_session_timeout TO ${idleMs}`;
    this.#database = new Database(config, context.logger, [idle]);
    this.#offsets = new SinkOffsets(this.#database, context.connector, config['offsets.table'], {
      idleMs,
      // The statement must not run out of its own time before.
      lockMs: Math.min(idleMs, Math.ceil(config['query.timeout.ms'] / 2) || idleMs),
    });
    this.#tables = new TableKeeper(this.#database, config, context.logger);
    this.#writer = new RowWriter(this.#tables, config);
    this.#behind = new WriteBehind(
      part => this.#writePart(part),
      () => context.requestCommit(),
    );
  }

  async open(
    assigned: readonly TopicPartition[],
    committed: readonly CommittedOffset[],
  ): Promise<readonly TopicOffset[] | undefined> {
    return await this.#behind.between(async () => {
      if (this.#positions.size > 0) await this.#settle();
      await this.#database.client();
      for (const partition of assigned) {
        this.#positions.set(nameOf(partition), { ...partition, stored: undefined, uncertain: undefined, taken: 0 });
      }
      if (!this.#config['exactly.once']) return undefined;
      await this.#offsets.create();
      const stored = await this.#offsets.read(assigned);
      for (const each of stored) this.#positions.get(nameOf(each))!.stored = each.offset;
      this.#generation = this.#database.generation;
      this.#tellMissing(stored, committed);
      return stored;
    });
  }

  /** Another database, or one out of an older backup: what the group has committed was not written there. */
  #tellMissing(stored: readonly TopicOffset[], committed: readonly CommittedOffset[]): void {
    for (const { topic, partition, offset, wasWritten } of committed) {
      if (wasWritten !== true || stored.some(each => each.topic === topic && each.partition === partition)) continue;
      this.#context.logger.warn(
        `connector ${this.#context.connector}: the database holds no offset of this sink for ${topic}-${partition} (table ${this.#config['offsets.table']}), while its group has committed ${offset}: going on from ${offset}. What this sink wrote before is in another database, or this one was restored to an older state: rows of records before that offset may be missing. To write all again, stop the connector and reset the offsets of its group`,
      );
    }
  }

  /** After a failure the same batches come again: what has its place already is not taken twice. */
  async put(batches: readonly SinkBatch[]): Promise<void> {
    await this.#behind.retry();
    for (const records of partsOf(batches, this.#config['batch.size'])) {
      const part: Part = { records: this.#notTaken(records), prepared: undefined };
      if (part.records.length === 0) continue;
      // While the server works on those before it.
      if (this.#behind.parts.length > 0) part.prepared = this.#writer.prepareAhead(part.records);
      await this.#behind.add(part);
      for (const { last } of spansOf(part.records)) this.#positionOf(originOf(last)).taken = last.offset + 1;
      await this.#context.clock.yield();
    }
  }

  /** What the database holds. */
  async preCommit(why: 'interval' | 'closing'): Promise<readonly TopicOffset[]> {
    await (why === 'closing' ? this.#behind.drain() : this.#behind.retry());
    return [...this.#positions.values()].flatMap(({ topic, partition, stored }) =>
      stored === undefined ? [] : [{ topic, partition, offset: stored }],
    );
  }

  async close(partitions: readonly TopicPartition[]): Promise<void> {
    await this.#behind.between(async () => {
      for (const partition of partitions) this.#positions.delete(nameOf(partition));
    });
  }

  /** What is being written is waited for, but not for ever: its successor finds what became of it in the database. */
  async stop(): Promise<void> {
    const waiting = new AbortController();
    const late = this.#context.clock.sleep(stopWaitMs, waiting.signal).catch(() => undefined);
    await Promise.race([this.#behind.stop(), late]);
    waiting.abort();
    await this.#database.close();
  }

  async #writePart(part: Part): Promise<void> {
    try {
      await this.#settle();
      const records = this.#newOf(part.records);
      const isWhole = records.length === part.records.length;
      await this.#write((isWhole ? part.prepared : undefined) ?? (await this.#writer.prepare(records)));
    } catch (error) {
      if (error instanceof NotTolerated) throw error.cause;
      if (hasChangedTable(error)) this.#tables.forget();
      for (const each of this.#behind.parts) each.prepared = undefined;
      if (outcomeOf(error) !== 'bad-data') failed(error);
      await this.#writeHalves(part, error);
    }
  }

  /** What is refused although each row alone passed, as constraints that are looked at when the transaction ends: in ever smaller transactions. */
  async #writeHalves({ records }: Part, error: unknown): Promise<void> {
    if (records.length === 1) {
      await this.#reject(records[0]!, connectorError(error, 'writing to the database'));
      return await this.#transaction(this.#movesOf(records), async () => undefined);
    }
    const middle = records.length >> 1;
    await this.#writePart({ records: records.slice(0, middle), prepared: undefined });
    await this.#writePart({ records: records.slice(middle), prepared: undefined });
  }

  /** After a lost connection: what the database holds now is where each partition stands. */
  async #settle(): Promise<void> {
    await this.#database.client();
    if (this.#generation === this.#database.generation) return;
    this.#tables.forget();
    if (this.#config['exactly.once']) {
      const read = await this.#offsets.read([...this.#positions.values()]);
      const found = new Map(read.map(each => [nameOf(each), each.offset]));
      for (const [name, position] of this.#positions) {
        const offset = found.get(name);
        const isOwn = offset === position.stored || (offset !== undefined && offset === position.uncertain);
        if (!isOwn) throw replaced(position, offset);
        position.stored = offset;
        position.uncertain = undefined;
      }
    }
    this.#generation = this.#database.generation;
  }

  async #write(prepared: Prepared): Promise<void> {
    if (prepared.records.length === 0) return;
    const moves = this.#movesOf(prepared.records);
    for (const { record, error } of prepared.rejected) await this.#reject(record, error);
    try {
      await this.#transaction(moves, client => this.#writer.writeAll(client, prepared));
    } catch (error) {
      if (outcomeOf(error) !== 'bad-data') throw error;
      await this.#writeEach(prepared, moves);
    }
  }

  async #writeEach(prepared: Prepared, moves: readonly OffsetMove[]): Promise<void> {
    const each = prepared.plain === undefined ? prepared : await this.#writer.prepareEach(prepared.records);
    if (each !== prepared) for (const { record, error } of each.rejected) await this.#reject(record, error);
    await this.#transaction(moves, client =>
      this.#writer.writeEach(client, each, (record, error) => this.#reject(record, error)),
    );
  }

  async #transaction(moves: readonly OffsetMove[], write: (client: PgClient) => Promise<void>): Promise<void> {
    for (const move of moves) this.#positionOf(move).uncertain = move.to;
    const { failpoint } = this.#context;
    const moved = this.#config['exactly.once'] ? moves : [];
    const begin = (client: PgClient) => this.#offsets.moveSql(client, moved);
    const work = async (client: PgClient, begun: readonly QueryResult[]): Promise<void> => {
      this.#offsets.requireMoved(moved, begun);
      failpoint('postgres-sink/offsets-moved');
      await write(client);
      failpoint('postgres-sink/rows-written');
    };
    await this.#database.transaction({ begin, work, committing: () => failpoint('postgres-sink/committing') });
    failpoint('postgres-sink/committed');
    for (const move of moves) this.#positionOf(move).stored = move.to;
  }

  /** Rejects with NotTolerated: then it is no matter of the records beside it. */
  async #reject(record: SinkRecord, error: Error): Promise<void> {
    try {
      await this.#context.reject(record, error);
    } catch (cause) {
      throw new NotTolerated('', { cause });
    }
  }

  /** Without those that `put` has taken before. */
  #notTaken(records: readonly SinkRecord[]): readonly SinkRecord[] {
    const isNew = (record: SinkRecord): boolean => record.offset >= this.#positionOf(originOf(record)).taken;
    return spansOf(records).every(({ first }) => isNew(first)) ? records : records.filter(isNew);
  }

  /** Without those that the database has by now, and those of partitions that are no longer this task’s. */
  #newOf(records: readonly SinkRecord[]): readonly SinkRecord[] {
    const isNew = (record: SinkRecord): boolean => {
      const position = this.#positions.get(nameOf(originOf(record)));
      return position !== undefined && record.offset >= (position.stored ?? 0);
    };
    return spansOf(records).every(({ first }) => isNew(first)) ? records : records.filter(isNew);
  }

  #movesOf(records: readonly SinkRecord[]): readonly OffsetMove[] {
    const moves = new Map<string, OffsetMove>();
    for (const { last } of spansOf(records)) {
      const { topic, partition } = originOf(last);
      const name = nameOf({ topic, partition });
      moves.set(name, { topic, partition, from: this.#positions.get(name)?.stored, to: last.offset + 1 });
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

function replaced({ topic, partition, stored }: Position, found: number | undefined): Refusal {
  const isBehind = (found ?? -1) < (stored ?? -1);
  const why = isBehind
    ? `where this task knows of ${stored}: it is another one, or was restored to an older state; going on from what it holds`
    : 'which this task has not written: another has taken its place';
  return new Refusal(
    `${topic}-${partition}: the database holds ${found === undefined ? 'no offset' : `offset ${found}`}, ${why}`,
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

class NotTolerated extends Error {}

interface Span {
  readonly first: SinkRecord;
  readonly last: SinkRecord;
}

/** Of neighbours of one partition the first and the last. */
function spansOf(records: readonly SinkRecord[]): readonly Span[] {
  const spans: Span[] = [];
  let first = records[0];
  for (let at = 0; at < records.length; at++) {
    if (isSamePlace(records[at], records[at + 1])) continue;
    spans.push({ first: first!, last: records[at]! });
    first = records[at + 1];
  }
  return spans;
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
