import {
  DataError,
  originOf,
  RetriableError,
  type SinkBatch,
  type SinkContext,
  type SinkRecord,
  type SinkTask,
  type TopicOffset,
  type TopicPartition,
} from '../../connect/api/index.js';
import { type RedisClient, RedisConnection, redisError } from './redis-connection.js';
import type { RedisSinkConfig } from './redis-sink-config.js';
import { type Command, joined, type RecordCommands, recordCommands } from './sink-commands.js';

interface Position extends TopicPartition {
  /** What Redis holds, as far as this task knows; undefined: nothing yet. */
  stored: number | undefined;
  /** What it would hold after an EXEC whose outcome nobody knows. */
  uncertain: number | undefined;
}

/**
 * Writes each batch in one MULTI, its offsets among the commands; they are watched, so a task that was taken the place of writes nothing. After a
 * lost connection the offsets in Redis tell whether the last EXEC was carried out.
 */
export class RedisSinkTask implements SinkTask {
  readonly #config: RedisSinkConfig;
  readonly #context: SinkContext;
  readonly #connection: RedisConnection;
  readonly #isExact: boolean;
  readonly #positions = new Map<string, Position>();
  #generation = 0;

  constructor(config: RedisSinkConfig, context: SinkContext) {
    this.#config = config;
    this.#context = context;
    this.#connection = new RedisConnection(config, context.logger);
    this.#isExact = config['exactly.once'] && !config['redis.cluster.enabled'];
  }

  async open(assigned: readonly TopicPartition[]): Promise<readonly TopicOffset[] | undefined> {
    const client = await this.#connection.client();
    if (!this.#isExact) return undefined;
    const stored: TopicOffset[] = [];
    for (const partition of assigned) {
      const text = await client.get(this.#offsetKey(partition));
      const offset = text === null ? undefined : Number(text);
      this.#positions.set(nameOf(partition), { ...partition, stored: offset, uncertain: undefined });
      if (offset !== undefined) stored.push({ ...partition, offset });
    }
    this.#generation = this.#connection.generation;
    return stored;
  }

  async put(batches: readonly SinkBatch[]): Promise<void> {
    try {
      await this.#settle();
      for (const part of partsOf(batches, this.#config['batch.size'])) await this.#write(part);
    } catch (error) {
      throw isOurs(error) ? error : redisError(error, 'writing to Redis');
    }
  }

  close(partitions: readonly TopicPartition[]): void {
    for (const partition of partitions) this.#positions.delete(nameOf(partition));
  }

  async stop(): Promise<void> {
    await this.#connection.close();
  }

  /** After a lost connection: what Redis holds now is where each partition stands. */
  async #settle(): Promise<void> {
    const client = await this.#connection.client();
    if (this.#generation === this.#connection.generation) return;
    for (const position of this.#positions.values()) {
      const text = await client.get(this.#offsetKey(position));
      const found = text === null ? undefined : Number(text);
      if (found !== position.stored && found !== position.uncertain) throw replaced(position, found);
      position.stored = found;
      position.uncertain = undefined;
    }
    this.#generation = this.#connection.generation;
  }

  async #write(part: readonly SinkRecord[]): Promise<void> {
    const client = await this.#connection.client();
    const records = this.#isExact ? part.filter(record => this.#isNew(record)) : part;
    if (records.length === 0) return;
    const meant = await this.#meant(records);
    const fitting = await this.#fitting(client, meant);
    const commands = joined(fitting.flatMap(each => each.commands));
    if (this.#isExact) await this.#exec(client, commands, records);
    else await this.#pipeline(client, commands);
  }

  async #meant(records: readonly SinkRecord[]): Promise<readonly RecordCommands[]> {
    const meant: RecordCommands[] = [];
    for (const record of records) {
      try {
        meant.push(recordCommands(record, this.#config));
      } catch (error) {
        if (!(error instanceof DataError)) throw error;
        await this.#context.reject(record, error);
      }
    }
    return meant;
  }

  /** Redis takes nothing back when one command of a MULTI fails, so what would fail on a key of another type is found before. */
  async #fitting(client: RedisClient, meant: readonly RecordCommands[]): Promise<readonly RecordCommands[]> {
    const keys = [...new Set(meant.filter(each => each.type !== undefined).map(each => each.key))];
    if (keys.length === 0) return meant;
    const asked = client.pipeline(keys.map(key => ['type', key]));
    const answers = (await asked.exec()) ?? [];
    const types = new Map(keys.map((key, at) => [key, requireAnswer(answers[at]!) as string]));
    const fitting: RecordCommands[] = [];
    for (const each of meant) {
      const found = each.type === undefined ? 'none' : types.get(each.key)!;
      if (found === 'none' || found === each.type) fitting.push(each);
      else
        await this.#context.reject(
          each.record,
          new DataError(`the key "${each.key}" holds a ${found}, not a ${each.type}`),
        );
    }
    return fitting;
  }

  async #exec(client: RedisClient, commands: readonly Command[], records: readonly SinkRecord[]): Promise<void> {
    const moves = this.#movesOf(records);
    const keys = moves.map(move => this.#offsetKey(move));
    // WATCH and GET go out together; nothing is lost between them, as Redis carries them out in this order.
    const watched =
      (await client
        .pipeline([
          ['watch', ...keys],
          ['mget', ...keys],
        ])
        .exec()) ?? [];
    const found = requireAnswer(watched[1]!) as (string | null)[];
    for (const [at, move] of moves.entries()) {
      const stored = found[at] === null ? undefined : Number(found[at]);
      if (stored !== move.stored) throw replaced(move, stored);
    }
    const multi = client.multi();
    for (const [name, ...args] of commands) multi.call(name, ...args);
    for (const [at, move] of moves.entries()) {
      multi.set(keys[at]!, String(move.next));
      this.#positions.get(nameOf(move))!.uncertain = move.next;
    }
    this.#context.failpoint('redis-sink/queued');
    const answers = await multi.exec();
    this.#context.failpoint('redis-sink/executed');
    if (answers === null) throw replaced(moves[0]!, undefined);
    for (const move of moves) this.#positions.get(nameOf(move))!.stored = move.next;
    for (const answer of answers) requireAnswer(answer);
  }

  async #pipeline(client: RedisClient, commands: readonly Command[]): Promise<void> {
    const answers = (await client.pipeline(commands.map(command => [...command])).exec()) ?? [];
    for (const answer of answers) requireAnswer(answer);
  }

  #isNew(record: SinkRecord): boolean {
    const stored = this.#positions.get(nameOf(record))?.stored;
    return stored === undefined || record.offset >= stored;
  }

  #movesOf(records: readonly SinkRecord[]): readonly (Position & { next: number })[] {
    const moves = new Map<string, Position & { next: number }>();
    for (const record of records) {
      const { topic, partition } = originOf(record);
      const name = nameOf({ topic, partition });
      const { stored, uncertain } = this.#positions.get(name)!;
      moves.set(name, { topic, partition, stored, uncertain, next: record.offset + 1 });
    }
    return [...moves.values()];
  }

  #offsetKey({ topic, partition }: TopicPartition): string {
    return `${this.#config['redis.offsets.key']}:${this.#context.connector}:${topic}:${partition}`;
  }
}

/** The task goes on from what Redis holds when it is started again; the runtime does that. */
class Replaced extends Error {
  override readonly name = 'Replaced';
}

function replaced({ topic, partition }: TopicPartition, found: number | undefined): Replaced {
  return new Replaced(
    `${topic}-${partition}: the offset in Redis is ${found ?? 'another'} now, which this task has not written: another task writes in its place`,
  );
}

function isOurs(error: unknown): boolean {
  return error instanceof Replaced || error instanceof DataError || error instanceof RetriableError;
}

function nameOf({ topic, partition }: TopicPartition): string {
  return `${topic}-${partition}`;
}

function requireAnswer([error, answer]: readonly [Error | null, unknown]): unknown {
  if (error !== null) throw error;
  return answer;
}

/** Records in the order of their batches, at most so many in a part. */
function* partsOf(batches: readonly SinkBatch[], size: number): Generator<readonly SinkRecord[]> {
  for (const { records } of batches) {
    for (let at = 0; at < records.length; at += size) yield records.slice(at, at + size);
  }
}
