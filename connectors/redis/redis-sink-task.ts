import {
  type CommittedOffset,
  ConfigError,
  DataError,
  type SinkBatch,
  type SinkContext,
  type SinkRecord,
  type SinkTask,
  type TopicOffset,
  type TopicPartition,
} from '../../connect/api/index.js';
import { ExactWriter } from './exact-writer.js';
import { KeptOffsets, offsetOf } from './kept-offsets.js';
import { LooseWriter } from './loose-writer.js';
import { partsOf } from './parts-of.js';
import { type RedisClient, RedisConnection, redisError } from './redis-connection.js';
import type { RedisSinkConfig } from './redis-sink-config.js';
import { Refused } from './refusal.js';
import { RespWriter } from './resp-writer.js';
import { keyspaceOf, type RecordCommands, recordCommands } from './sink-commands.js';
import { Replaced, requireStored } from './stored-offsets.js';
import { type WrittenCommand, writtenCommands } from './written-commands.js';
import { type BadRecord, writtenStrings } from './written-strings.js';

/** Makes commands of batches and has them written, exactly once where the offsets are kept in Redis too. After a lost connection those tell what was written. */
export class RedisSinkTask implements SinkTask {
  readonly #config: RedisSinkConfig;
  readonly #context: SinkContext;
  readonly #connection: RedisConnection;
  readonly #isExact: boolean;
  readonly #offsets: KeptOffsets;
  readonly #exact: ExactWriter;
  readonly #loose: LooseWriter;
  readonly #writer = new RespWriter();
  #generation = 0;
  /** Whether the server knows JSON documents; asked once a connection, and only for them. */
  #hasJson = false;

  constructor(config: RedisSinkConfig, context: SinkContext) {
    const connection = new RedisConnection(config, context);
    const offsets = new KeptOffsets(`${config['redis.offsets.key']}:${context.connector}`);
    this.#config = config;
    this.#context = context;
    this.#connection = connection;
    this.#isExact = config['exactly.once'] && !config['redis.cluster.enabled'];
    this.#offsets = offsets;
    this.#exact = new ExactWriter({ connection, context, offsets });
    this.#loose = new LooseWriter({ connection, context, isClustered: config['redis.cluster.enabled'] });
    context.signal.addEventListener('abort', () => connection.close(), { once: true });
  }

  async open(
    assigned: readonly TopicPartition[],
    committed: readonly CommittedOffset[],
  ): Promise<readonly TopicOffset[] | undefined> {
    try {
      await this.#settle();
      if (!this.#isExact || assigned.length === 0) return undefined;
      const client = await this.#connection.client();
      const found = await client.mget(...assigned.map(partition => this.#offsets.keyOf(partition)));
      const stored: TopicOffset[] = [];
      for (const [at, partition] of assigned.entries()) {
        const offset = offsetOf(found[at]);
        this.#offsets.begin(partition, offset);
        if (offset !== undefined) stored.push({ ...partition, offset });
      }
      const keyOf = (partition: TopicPartition) => this.#offsets.keyOf(partition);
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
    for (const partition of partitions) this.#offsets.forget(partition);
  }

  stop(): void {
    this.#connection.close();
  }

  /** After a lost connection: what Redis holds now is where each partition stands. */
  async #settle(): Promise<void> {
    const client = await this.#connection.client();
    if (this.#generation === this.#connection.generation) return;
    if (this.#config['redis.type'] === 'json') this.#hasJson = await knowsJson(client);
    await this.#offsets.settle(key => client.get(key));
    this.#generation = this.#connection.generation;
  }

  #next(parts: Iterator<readonly SinkRecord[]>): Plan | undefined {
    const { value, done } = parts.next();
    return done === true ? undefined : this.#plan(value);
  }

  /** What can be said of a part without asking anybody. */
  #plan(part: readonly SinkRecord[]): Plan {
    const records = this.#isExact ? this.#offsets.newOf(part) : part;
    const plan = { part, records, generation: this.#generation };
    // What was written before has been copied when it was sent.
    this.#writer.clear();
    if (this.#config['redis.type'] === 'string' && !this.#config['redis.cluster.enabled'])
      return { ...plan, meant: [], ...writtenStrings(this.#writer, records, this.#config) };
    const told = { ...plan, ...this.#meant(records) };
    const mayBeRefused = told.meant.some(each => each.type !== undefined);
    if (mayBeRefused || this.#config['redis.cluster.enabled']) return told;
    return { ...told, commands: writtenCommands(this.#writer, told.meant) };
  }

  /** Calls `sent`, once, as soon as Redis has it. */
  async #write({ records, meant, bad, commands }: Plan, sent: () => void): Promise<void> {
    if (records.length === 0) return sent();
    for (const { record, error } of bad) await this.#context.reject(record, error);
    if (commands === undefined) await (this.#isExact ? this.#exact.run(meant, sent) : this.#loose.write(meant, sent));
    else if (this.#isExact) await this.#exact.exec(records, commands, sent);
    else await this.#loose.pipeline(commands, sent);
  }

  /** Of a bad record: no command, as it is passed over with those around it. */
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
        meant.push({ record, key: '', type: undefined, commands: [] });
      }
    }
    return { meant, bad };
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
  /** Where Redis refuses none of them for what a record holds or where it goes. */
  readonly commands?: readonly WrittenCommand[];
}

async function knowsJson(client: RedisClient): Promise<boolean> {
  const [known] = (await client.call('COMMAND', 'INFO', 'JSON.SET')) as readonly unknown[];
  return known !== null && known !== undefined;
}

function passed(error: unknown, doing: string): Error {
  const isTold = [Replaced, Refused, DataError, ConfigError].some(kind => error instanceof kind);
  return isTold ? (error as Error) : redisError(error, doing);
}
