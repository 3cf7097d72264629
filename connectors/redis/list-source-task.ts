// A list. At least once: elements move to a processing list in the same command that hands them out, and leave it when their records are committed; the
// next life of the task begins with what is there. Source partition `{ list }`, offset `{ element }`: the count of elements taken in this life, which only
// says which batch it was.

import type {
  Polled,
  SourceBatch,
  SourceContext,
  SourceOffset,
  SourcePartition,
  SourceTask,
} from '../../connect/api/index.js';
import { DataError } from '../../connect/api/index.js';
import { HandedOut } from './handed-out.js';
import { patientCall, type Reply } from './patient-call.js';
import { ProcessingList } from './processing-list.js';
import { redisCall } from './redis-call.js';
import { RedisConnection, redisError } from './redis-connection.js';
import { type RedisSourceConfig, topicOf } from './redis-source-config.js';
import { listOfReply, rawOfReply, textOfReply } from './reply-text.js';

export class ListSourceTask implements SourceTask {
  readonly #config: RedisSourceConfig;
  readonly #context: SourceContext;
  readonly #reading: RedisConnection;
  readonly #asking: RedisConnection;
  readonly #list: string;
  readonly #processing: ProcessingList;
  readonly #end: 'LEFT' | 'RIGHT';
  readonly #handedOut = new HandedOut<Reply>();
  #taken = 0;
  /** Of the processing list: elements that an earlier life, or a lost connection, left there and this one has not handed out. */
  #leftFrom: number | undefined = 0;

  constructor(config: RedisSourceConfig, context: SourceContext) {
    this.#config = config;
    this.#context = context;
    this.#reading = new RedisConnection(config, context);
    this.#asking = new RedisConnection(config, context);
    this.#list = config['redis.list.name']!;
    const name = config['redis.list.processing'] ?? `{${this.#list}}:processing:${context.connector}`;
    this.#processing = new ProcessingList(name, this.#asking);
    this.#end = config['redis.list.pop'] === 'left' ? 'LEFT' : 'RIGHT';
  }

  async open(): Promise<void> {
    if (this.#config['redis.delivery'] === 'at-least-once') await this.#processing.open();
    await redisCall(this.#asking, ['LLEN', this.#list]);
  }

  async poll(signal: AbortSignal): Promise<Polled> {
    if (this.#config['redis.delivery'] === 'at-most-once') return this.#pop(signal);
    await this.#trim();
    if (this.#leftFrom !== undefined) {
      const left = await this.#takeLeft(this.#leftFrom);
      if (left !== undefined) return [left];
    }
    return this.#move(signal);
  }

  async committed(offsets: readonly { partition: SourcePartition; offset: SourceOffset }[]): Promise<void> {
    for (const { offset } of offsets)
      this.#processing.add(this.#handedOut.takeThrough(this.#list, String(offset['element'])));
    // What Redis cannot hear now it hears with the next poll.
    await this.#trim().catch((error: Error) => this.#context.logger.debug(error.message));
  }

  async close(): Promise<void> {
    this.#reading.close();
    this.#asking.close();
  }

  /** What lies in the processing list behind what was handed out. */
  async #takeLeft(from: number): Promise<SourceBatch | undefined> {
    const elements = await this.#processing.range(from, this.#config['batch.size']);
    this.#leftFrom = elements.length === 0 ? undefined : from + elements.length;
    return this.#batch(elements);
  }

  async #move(signal: AbortSignal): Promise<readonly SourceBatch[]> {
    const move = [this.#list, this.#processing.name, this.#end, 'RIGHT'] as const;
    try {
      const first = await patientCall(this.#reading, signal, [
        'BLMOVE',
        ...move,
        this.#config['redis.block.ms'] / 1_000,
      ]);
      if (first === undefined || first === null) return [];
      const client = await this.#reading.client();
      const more = client.pipeline();
      for (let count = 1; count < this.#config['batch.size']; count++) more.callBuffer('LMOVE', [...move]);
      const replies = (await more.exec()) ?? [];
      const elements = [first, ...replies.map(([error, reply]) => (error === null ? (reply as Reply) : fail(error)))];
      const batch = this.#batch(elements.filter(element => element !== null));
      return batch === undefined ? [] : [batch];
    } catch (error) {
      // Elements may have moved though their answer was lost: they are looked for behind those that were handed out.
      this.#leftFrom = this.#handedOut.items(this.#list).size + this.#processing.committedCount;
      throw redisError(error, 'BLMOVE of Redis');
    }
  }

  async #pop(signal: AbortSignal): Promise<readonly SourceBatch[]> {
    const command = this.#end === 'LEFT' ? 'LPOP' : 'RPOP';
    const reply = await redisCall(this.#asking, [command, this.#list, this.#config['batch.size']]);
    const batch = this.#batch(listOfReply(reply));
    if (batch !== undefined) return [batch];
    await this.#context.clock.sleep(this.#config['redis.block.ms'], signal).catch(() => undefined);
    return [];
  }

  #batch(elements: readonly Reply[]): SourceBatch | undefined {
    if (elements.length === 0) return undefined;
    this.#taken += elements.length;
    const mark = String(this.#taken);
    if (this.#config['redis.delivery'] === 'at-least-once') this.#handedOut.add(this.#list, mark, elements);
    const topic = topicOf(this.#config, this.#list);
    const records: SourceBatch['records'][number][] = [];
    const bad: NonNullable<SourceBatch['bad']>[number][] = [];
    for (const [at, element] of elements.entries()) {
      try {
        records.push({ value: textOfReply(element), topic });
      } catch (error) {
        if (!(error instanceof DataError)) throw error;
        const position = { list: this.#list, element: this.#taken - elements.length + at };
        bad.push({ raw: rawOfReply(element), error, position });
      }
    }
    return { partition: { list: this.#list }, offset: { element: mark }, records, ...(bad.length > 0 && { bad }) };
  }

  #trim(): Promise<void> {
    return this.#processing.trim(count => {
      if (this.#leftFrom !== undefined) this.#leftFrom = Math.max(0, this.#leftFrom - count);
    });
  }
}

function fail(error: Error): never {
  throw error;
}
