// Keys and what becomes of them. Keyspace events say which key was touched; its value is read when it is handed out, so changes in quick succession may
// come as one, and the last value always comes. What could be missed (events are lost while nobody listens, too many keys are waiting) is made good by
// going through all keys again. Source partition `{ pattern }`, offset `{ reads }`: keys handed out in this life.

import {
  ConfigError,
  type Polled,
  RetriableError,
  type SourceContext,
  type SourceTask,
} from '../../connect/api/index.js';
import { KeyScan } from './key-scan.js';
import { keyValues } from './key-values.js';
import { type RedisClient, RedisConnection, redisError } from './redis-connection.js';
import { type RedisSourceConfig, topicOf } from './redis-source-config.js';
import { Wakeup } from './wakeup.js';

/** More keys than that are not remembered: then all are gone through. */
const touchedMax = 100_000;

export class KeyspaceSourceTask implements SourceTask {
  readonly #config: RedisSourceConfig;
  readonly #context: SourceContext;
  readonly #listening: RedisConnection;
  readonly #reading: RedisConnection;
  readonly #scan: KeyScan;
  /** Keys in the order in which they were first touched, as latin1, so that equal bytes are equal. */
  readonly #touched = new Set<string>();
  readonly #wakeup = new Wakeup();
  #needsScan: boolean;
  #isScanning = false;
  #reads = 0;
  #client: RedisClient | undefined;

  constructor(config: RedisSourceConfig, context: SourceContext) {
    this.#config = config;
    this.#context = context;
    this.#listening = new RedisConnection(config, context);
    this.#reading = new RedisConnection(config, context);
    this.#scan = new KeyScan(this.#reading, config['redis.keys.pattern'], config['batch.size']);
    this.#needsScan = config['redis.keys.mode'] === 'live';
  }

  /** Listens first, then looks: nothing falls in between. */
  async open(): Promise<void> {
    try {
      await this.#requireEvents();
      const client = await this.#listening.client();
      const prefix = `__keyspace@${client.options && 'db' in client.options ? (client.options.db ?? 0) : 0}__:`;
      client.on('pmessageBuffer', (_: Buffer, channel: Buffer) =>
        this.#touch(channel.toString('latin1').slice(prefix.length)),
      );
      client.on('end', () => this.#lost(client));
      await client.psubscribe(`${prefix}${this.#config['redis.keys.pattern']}`);
      this.#client = client;
    } catch (error) {
      throw redisError(error, 'listening to keyspace events of Redis');
    }
  }

  async poll(signal: AbortSignal): Promise<Polled> {
    if (this.#client === undefined) await this.open();
    const keys = (await this.#nextKeys(signal)) ?? [];
    if (keys.length === 0) {
      if (!this.#isScanning && !this.#needsScan) await this.#wait(signal);
      return [];
    }
    try {
      const read = await keyValues(this.#reading, {
        keys,
        topic: topicOf(this.#config, this.#config['redis.keys.pattern']),
        types: this.#config['redis.keys.types'],
        withGone: true,
      });
      this.#reads += keys.length;
      const partition = { pattern: this.#config['redis.keys.pattern'] };
      const { records, bad } = read;
      return [{ partition, offset: { reads: this.#reads }, records, ...(bad.length > 0 && { bad }) }];
    } catch (error) {
      for (const key of keys) this.#touched.add(key.toString('latin1'));
      throw error;
    }
  }

  async close(): Promise<void> {
    this.#listening.close();
    this.#reading.close();
  }

  /** Keys that were touched go before those of a scan. */
  async #nextKeys(signal: AbortSignal): Promise<readonly Buffer[] | undefined> {
    if (this.#touched.size > 0) {
      const keys = [...this.#touched].slice(0, this.#config['batch.size']);
      for (const key of keys) this.#touched.delete(key);
      return keys.map(key => Buffer.from(key, 'latin1'));
    }
    if (this.#needsScan) {
      await this.#scan.begin();
      this.#needsScan = false;
      this.#isScanning = true;
    }
    if (!this.#isScanning) return undefined;
    const keys = await this.#scan.next(signal);
    this.#isScanning = !this.#scan.isDone;
    return keys;
  }

  #touch(key: string): void {
    this.#touched.add(key);
    if (this.#touched.size > touchedMax) {
      this.#context.logger.warn(
        `more than ${touchedMax} keys are waiting to be read: all keys are gone through instead`,
      );
      this.#touched.clear();
      this.#needsScan = true;
    }
    this.#wakeup.notify();
  }

  /** What was touched meanwhile nobody has told us. */
  #lost(client: RedisClient): void {
    if (this.#client !== client) return;
    this.#client = undefined;
    if (this.#config['redis.keys.mode'] === 'live') this.#needsScan = true;
    this.#context.logger.warn('the connection to Redis was lost: keys that are deleted until it is back are not told');
    this.#wakeup.notify();
  }

  async #requireEvents(): Promise<void> {
    const client = await this.#reading.client();
    let flags: string;
    try {
      [, flags = ''] = (await client.call('CONFIG', 'GET', 'notify-keyspace-events')) as string[];
    } catch (error) {
      if (redisError(error, '') instanceof RetriableError) throw error;
      this.#context.logger.warn(`whether Redis tells keyspace events cannot be seen: ${(error as Error).message}`);
      return;
    }
    if (flags.includes('K') && /[Ag$lshzxetd]/.test(flags)) return;
    throw new ConfigError(
      `redis.type: "keys" needs keyspace events, and notify-keyspace-events of the server is "${flags}"; set it there: CONFIG SET notify-keyspace-events KA`,
    );
  }

  async #wait(signal: AbortSignal): Promise<void> {
    if (this.#touched.size > 0) return;
    await this.#wakeup.wait(this.#context.clock, this.#config['redis.block.ms'], signal);
  }
}
