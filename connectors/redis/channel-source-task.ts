// Channels. Redis keeps no message for who does not listen, so this is at most once: what is published while the task is away is gone, and what waits here
// when it dies too. Source partition `{ channels }`, offset `{ messages }`: how many were handed out in this life.

import {
  type Polled,
  RetriableError,
  type SourceContext,
  type SourceRecord,
  type SourceTask,
} from '../../connect/api/index.js';
import { type RedisClient, RedisConnection, redisError } from './redis-connection.js';
import { type RedisSourceConfig, topicOf } from './redis-source-config.js';
import { Wakeup } from './wakeup.js';

export class ChannelSourceTask implements SourceTask {
  readonly #config: RedisSourceConfig;
  readonly #context: SourceContext;
  readonly #connection: RedisConnection;
  readonly #names: readonly string[];
  readonly #wakeup = new Wakeup();
  #waiting: SourceRecord[] = [];
  #messages = 0;
  #dropped = 0;
  #listening: RedisClient | undefined;

  constructor(config: RedisSourceConfig, context: SourceContext) {
    this.#config = config;
    this.#context = context;
    this.#connection = new RedisConnection(config, context);
    this.#names = config['redis.channels'];
  }

  /** Listens from now on. */
  async open(): Promise<void> {
    try {
      const client = await this.#connection.client();
      client.on('message', (channel: string, message: string) => this.#take(channel, message));
      client.on('pmessage', (_: string, channel: string, message: string) => this.#take(channel, message));
      client.on('end', () => this.#lost(client));
      if (this.#config['redis.channels.are.patterns']) await client.psubscribe(...this.#names);
      else await client.subscribe(...this.#names);
      this.#listening = client;
    } catch (error) {
      throw redisError(error, 'listening to channels of Redis');
    }
  }

  async poll(signal: AbortSignal): Promise<Polled> {
    if (this.#listening === undefined && this.#waiting.length === 0) await this.open();
    if (this.#waiting.length === 0) await this.#wait(signal);
    if (this.#dropped > 0) {
      this.#context.logger.warn(
        `${this.#dropped} messages were dropped: more than redis.pubsub.buffer.max were waiting`,
      );
      this.#dropped = 0;
    }
    if (this.#waiting.length === 0) {
      if (this.#listening === undefined && !signal.aborted)
        throw new RetriableError('the connection to Redis was lost');
      return [];
    }
    const records = this.#waiting.splice(0, this.#config['batch.size']);
    this.#messages += records.length;
    return [{ partition: { channels: this.#names.join(',') }, offset: { messages: this.#messages }, records }];
  }

  async close(): Promise<void> {
    this.#connection.close();
  }

  #take(channel: string, value: string): void {
    this.#waiting.push({ key: channel, value, topic: topicOf(this.#config, channel) });
    if (this.#waiting.length > this.#config['redis.pubsub.buffer.max']) {
      this.#waiting.shift();
      this.#dropped++;
      this.#context.metrics.count('messages-dropped');
    }
    this.#wakeup.notify();
  }

  #lost(client: RedisClient): void {
    if (this.#listening !== client) return;
    this.#listening = undefined;
    this.#wakeup.notify();
  }

  /** Until there is a message, or as long as Redis may hold an answer back. */
  async #wait(signal: AbortSignal): Promise<void> {
    await this.#wakeup.wait(this.#context.clock, this.#config['redis.block.ms'], signal);
  }
}
