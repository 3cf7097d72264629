import type { ChainableCommander, Command } from 'ioredis';
import {
  ConfigError,
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
import { partsOf } from './parts-of.js';
import { type RedisClient, RedisConnection, redisError } from './redis-connection.js';
import type { RedisSinkConfig } from './redis-sink-config.js';
import { RespWriter } from './resp-writer.js';
import { keyspaceOf, type RecordCommands, recordCommands } from './sink-commands.js';
import { Replaced, replaced, requireStored } from './stored-offsets.js';
import { type WrittenCommand, writtenCommands } from './written-commands.js';
import { type BadRecord, writtenStrings } from './written-strings.js';

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
  readonly #writer = new RespWriter();
  #generation = 0;
  /** Whether the server knows JSON documents; asked once a connection, and only for them. */
  #hasJson = false;

  constructor(config: RedisSinkConfig, context: SinkContext) {
    this.#config = config;
    this.#context = context;
    this.#connection = new RedisConnection(config, context);
    this.#isExact = config['exactly.once'] && !config['redis.cluster.enabled'];
    context.signal.addEventListener('abort', () => this.#connection.close(), { once: true });
  }

  async open(
    assigned: readonly TopicPartition[],
    committed: readonly TopicOffset[],
  ): Promise<readonly TopicOffset[] | undefined> {
    try {
      await this.#settle();
      if (!this.#isExact || assigned.length === 0) return undefined;
      const client = await this.#connection.client();
      const found = await client.mget(...assigned.map(partition => this.#offsetKey(partition)));
      const stored: TopicOffset[] = [];
      for (const [at, partition] of assigned.entries()) {
        const offset = offsetOf(found[at]);
        this.#positions.set(nameOf(partition), { ...partition, stored: offset, uncertain: undefined });
        if (offset !== undefined) stored.push({ ...partition, offset });
      }
      const keyOf = (partition: TopicPartition) => this.#offsetKey(partition);
      const { connector, logger } = this.#context;
      requireStored({ connector, logger, committed, stored, keyOf }, this.#config['redis.offsets.missing']);
      return stored;
    } catch (error) {
      throw passed(error, 'reading offsets from Redis');
    }
  }

  /** While Redis works on one part, the next one is made ready. */
  async put(batches: readonly SinkBatch[]): Promise<void> {
    try {
      await this.#settle();
      const parts = partsOf(batches, this.#config['batch.size']);
      let plan = this.#next(parts);
      while (plan !== undefined) {
        await this.#settle();
        // Redis may hold other offsets now, or be another server.
        const current: Plan = plan.generation === this.#generation ? plan : this.#plan(plan.part);
        let next: Plan | undefined;
        await this.#write(current, () => {
          next = this.#next(parts);
        });
        plan = next;
      }
    } catch (error) {
      // Another node is the master now: a new connection finds it.
      const shown = passed(error, 'writing to Redis');
      if (/\b(READONLY|MASTERDOWN)\b/.test(shown.message)) this.#connection.abandon();
      throw shown;
    }
  }

  close(partitions: readonly TopicPartition[]): void {
    for (const partition of partitions) this.#positions.delete(nameOf(partition));
  }

  stop(): void {
    this.#connection.close();
  }

  /** After a lost connection: what Redis holds now is where each partition stands. */
  async #settle(): Promise<void> {
    const client = await this.#connection.client();
    if (this.#generation === this.#connection.generation) return;
    if (this.#config['redis.type'] === 'json') this.#hasJson = await knowsJson(client);
    for (const position of this.#positions.values()) {
      const found = offsetOf(await client.get(this.#offsetKey(position)));
      const isOwn = found === position.stored || (found !== undefined && found === position.uncertain);
      if (!isOwn) throw replaced(position, position.stored, found);
      position.stored = found;
      position.uncertain = undefined;
    }
    this.#generation = this.#connection.generation;
  }

  #next(parts: Iterator<readonly SinkRecord[]>): Plan | undefined {
    const { value, done } = parts.next();
    return done === true ? undefined : this.#plan(value);
  }

  /** What can be said of a part without asking anybody. */
  #plan(part: readonly SinkRecord[]): Plan {
    const records = this.#isExact ? this.#newOf(part) : part;
    const plan = { part, records, generation: this.#generation };
    const isClustered = this.#config['redis.cluster.enabled'];
    if (this.#config['redis.type'] === 'string' && !isClustered) {
      this.#writer.clear();
      return { ...plan, meant: [], ...writtenStrings(this.#writer, records, this.#config) };
    }
    const meant = { ...plan, ...this.#meant(records) };
    const mustAsk = isClustered || meant.meant.some(each => each.type !== undefined);
    return mustAsk ? meant : { ...meant, commands: this.#written(meant.meant) };
  }

  #written(meant: readonly RecordCommands[]): readonly WrittenCommand[] {
    // What was written before has been copied when it was sent.
    this.#writer.clear();
    return writtenCommands(this.#writer, meant);
  }

  /** Calls `sent` as soon as Redis has it. */
  async #write({ records, meant, bad, commands }: Plan, sent: () => void): Promise<void> {
    if (records.length === 0) return sent();
    const client = await this.#connection.client();
    for (const { record, error } of bad) await this.#context.reject(record, error);
    const moves = this.#isExact ? this.#movesOf(records) : [];
    const types = await this.#look(client, meant, moves);
    const fitting = commands === undefined ? await this.#fitting(meant, types) : meant;
    if (this.#config['redis.cluster.enabled']) {
      await this.#scatter(client, fitting);
      return sent();
    }
    const written = commands ?? this.#written(fitting);
    if (this.#isExact) await this.#exec(client, written, { moves, sent });
    else await this.#pipeline(client, written, sent);
  }

  #meant(records: readonly SinkRecord[]): Pick<Plan, 'meant' | 'bad'> {
    const meant: RecordCommands[] = [];
    const bad: BadRecord[] = [];
    let topic: string | undefined;
    let keyspace = '';
    for (const record of records) {
      try {
        if (record.topic !== topic) {
          topic = record.topic;
          keyspace = keyspaceOf(this.#config, topic);
        }
        meant.push(recordCommands(record, this.#config, { keyspace, hasJson: this.#hasJson }));
      } catch (error) {
        if (!(error instanceof DataError)) throw error;
        bad.push({ record, error });
      }
    }
    return { meant, bad };
  }

  /**
   * In one round trip: the offsets and the keys whose type matters are watched, the offsets must be those that this task knows, and each key's type is
   * asked for, as Redis takes nothing back when one command of a MULTI fails.
   */
  async #look(
    client: RedisClient,
    meant: readonly RecordCommands[],
    moves: readonly Move[],
  ): Promise<ReadonlyMap<string, string>> {
    const keys = keysOf(meant);
    const offsets = moves.map(move => this.#offsetKey(move));
    const asking: [string, ...string[]][] = keys.map(key => ['type', key]);
    if (moves.length > 0) asking.unshift(['watch', ...offsets, ...keys], ['mget', ...offsets]);
    if (asking.length === 0) return new Map();
    const answers = this.#config['redis.cluster.enabled']
      ? await Promise.all(keys.map(key => client.type(key)))
      : ((await client.pipeline(asking).exec()) ?? []).map(requireAnswer);
    if (moves.length > 0) {
      const [, found] = answers.splice(0, 2) as [unknown, (string | null)[]];
      for (const [at, move] of moves.entries()) {
        const stored = offsetOf(found[at]);
        if (stored !== move.stored) throw replaced(move, move.stored, stored);
      }
    }
    return new Map(keys.map((key, at) => [key, answers[at] as string]));
  }

  async #fitting(
    meant: readonly RecordCommands[],
    types: ReadonlyMap<string, string>,
  ): Promise<readonly RecordCommands[]> {
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

  async #exec(
    client: RedisClient,
    commands: readonly WrittenCommand[],
    { moves, sent }: { readonly moves: readonly Move[]; readonly sent: () => void },
  ): Promise<void> {
    const multi = client.multi();
    for (const { name, bytes } of commands) queueOf(multi).sendCommand(this.#connection.written(name, bytes));
    this.#context.failpoint('redis-sink/records-queued');
    for (const move of moves) {
      multi.set(this.#offsetKey(move), String(move.next));
      this.#positions.get(nameOf(move))!.uncertain = move.next;
    }
    this.#context.failpoint('redis-sink/queued');
    const executing = multi.exec();
    executing.catch(() => undefined);
    this.#context.failpoint('redis-sink/sent');
    sent();
    const answers = await executing;
    this.#context.failpoint('redis-sink/executed');
    if (answers === null) {
      // Somebody else wrote to a watched key: to an offset, or to a key of the records.
      this.#connection.drop(client);
      throw new RetriableError('keys were changed by another client while they were written');
    }
    for (const move of moves) this.#positions.get(nameOf(move))!.stored = move.next;
    await this.#rejectFailed(commands, answers);
  }

  /** Redis carries out the rest of a MULTI when a command fails: what failed is handed over, its records are not tried again. */
  async #rejectFailed(
    commands: readonly WrittenCommand[],
    answers: readonly (readonly [Error | null, unknown])[],
  ): Promise<void> {
    for (const [at, { records }] of commands.entries()) {
      const [error] = answers[at]!;
      if (error === null) continue;
      for (const record of records) await this.#context.reject(record, new DataError(error.message, { cause: error }));
    }
  }

  async #pipeline(client: RedisClient, commands: readonly WrittenCommand[], sent: () => void): Promise<void> {
    const writing = client.pipeline();
    for (const { name, bytes } of commands) queueOf(writing).sendCommand(this.#connection.written(name, bytes));
    const answering = writing.exec();
    answering.catch(() => undefined);
    sent();
    for (const answer of (await answering) ?? []) requireAnswer(answer);
  }

  /** To all nodes of a cluster at once, in waves: none has two records of one key, which a node that moves a slot could otherwise put out of order. */
  async #scatter(client: RedisClient, meant: readonly RecordCommands[]): Promise<void> {
    let wave: Promise<unknown>[] = [];
    let keys = new Set<string>();
    for (const { key, commands } of meant) {
      if (keys.has(key)) {
        await Promise.all(wave);
        wave = [];
        keys = new Set();
      }
      keys.add(key);
      for (const [name, ...args] of commands) wave.push(client.call(name, args));
    }
    await Promise.all(wave);
  }

  /** Those that Redis does not have yet. Records of one partition stand together, so each partition is looked up once. */
  #newOf(part: readonly SinkRecord[]): readonly SinkRecord[] {
    let last: TopicPartition | undefined;
    let stored = 0;
    return part.filter(record => {
      const origin = originOf(record);
      if (last === undefined || !isSamePartition(last, origin)) {
        stored = this.#positions.get(nameOf(origin))?.stored ?? 0;
        last = origin;
      }
      return record.offset >= stored;
    });
  }

  #movesOf(records: readonly SinkRecord[]): readonly Move[] {
    const moves = new Map<string, Move & { next: number }>();
    let last: (Move & { next: number }) | undefined;
    for (const record of records) {
      const origin = originOf(record);
      if (last === undefined || !isSamePartition(last, origin)) {
        const { topic, partition } = origin;
        const name = nameOf(origin);
        const position = this.#positions.get(name);
        if (position === undefined) throw new Error(`${name} is not this task’s`);
        last = moves.get(name) ?? { topic, partition, stored: position.stored, next: 0 };
        moves.set(name, last);
      }
      last.next = record.offset + 1;
    }
    return [...moves.values()];
  }

  #offsetKey({ topic, partition }: TopicPartition): string {
    return `${this.#config['redis.offsets.key']}:${this.#context.connector}:${topic}:${partition}`;
  }
}

/** A part of what was put. */
interface Plan {
  readonly part: readonly SinkRecord[];
  /** Those that Redis does not have. */
  readonly records: readonly SinkRecord[];
  readonly meant: readonly RecordCommands[];
  readonly bad: readonly BadRecord[];
  /** Of the connection that it was made for. */
  readonly generation: number;
  /** Where nothing has to be asked before. */
  readonly commands?: readonly WrittenCommand[];
}

interface Move extends TopicPartition {
  readonly stored: number | undefined;
  readonly next: number;
}

/** What the driver queues commands with. */
function queueOf(pipeline: ChainableCommander): { sendCommand(command: Command): unknown } {
  return pipeline as unknown as { sendCommand(command: Command): unknown };
}

function keysOf(meant: readonly RecordCommands[]): readonly string[] {
  const keys = new Set<string>();
  for (const { key, type } of meant) if (type !== undefined) keys.add(key);
  return [...keys];
}

function isSamePartition(one: TopicPartition, other: TopicPartition): boolean {
  return one.partition === other.partition && one.topic === other.topic;
}

function offsetOf(text: string | null | undefined): number | undefined {
  return text === null || text === undefined ? undefined : Number(text);
}

async function knowsJson(client: RedisClient): Promise<boolean> {
  const [known] = (await client.call('COMMAND', 'INFO', 'JSON.SET')) as readonly unknown[];
  return known !== null && known !== undefined;
}

function passed(error: unknown, doing: string): Error {
  if (error instanceof Replaced || error instanceof DataError || error instanceof ConfigError) return error;
  return redisError(error, doing);
}

function nameOf({ topic, partition }: TopicPartition): string {
  return `${topic}-${partition}`;
}

function requireAnswer([error, answer]: readonly [Error | null, unknown]): unknown {
  if (error !== null) throw error;
  return answer;
}
