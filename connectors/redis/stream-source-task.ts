// Streams, by a consumer group or by the connector's own offsets. With a group, an entry that was handed out is pending in Redis until its records are
// committed; the next life of the task begins with what is pending for its name, and what others left behind is claimed. Source partition: `{ stream }`,
// offset: `{ id }`, the last id of the batch.

import type {
  Polled,
  SourceBatch,
  SourceContext,
  SourceOffset,
  SourcePartition,
  SourceTask,
} from '../../connect/api/index.js';
import { HandedOut } from './handed-out.js';
import { patientCall, type Reply } from './patient-call.js';
import { redisCall } from './redis-call.js';
import { RedisConnection } from './redis-connection.js';
import type { RedisSourceConfig } from './redis-source-config.js';
import { listOfReply, textOfReply } from './reply-text.js';
import { streamEntries } from './stream-entries.js';

export class StreamSourceTask implements SourceTask {
  readonly #config: RedisSourceConfig;
  readonly #context: SourceContext;
  /** Waits for entries. */
  readonly #reading: RedisConnection;
  /** Acknowledges, which must not wait for entries. */
  readonly #asking: RedisConnection;
  readonly #group: string;
  readonly #consumer: string;
  readonly #isGroup: boolean;
  readonly #isOnce: boolean;
  readonly #handedOut = new HandedOut<string>();
  /** Acknowledged by the log, not yet in Redis. */
  #toAcknowledge: { readonly stream: string; readonly ids: readonly string[] }[] = [];
  /** Where to read on: of the own pending entries first, of new ones (`>`) then; an id where there is no group. */
  readonly #next = new Map<string, string>();
  #hasGroups = false;
  #claimedAt = Number.NEGATIVE_INFINITY;
  #acknowledging: Promise<void> = Promise.resolve();

  constructor(config: RedisSourceConfig, context: SourceContext) {
    this.#config = config;
    this.#context = context;
    this.#reading = new RedisConnection(config, context);
    this.#asking = new RedisConnection(config, context);
    this.#group = config['redis.stream.consumer.group'] ?? `connect-${context.connector}`;
    this.#consumer = config['redis.stream.consumer.name'].replaceAll('${task}', String(context.task));
    this.#isGroup = config['redis.stream.position'] === 'group';
    this.#isOnce = config['redis.delivery'] === 'at-most-once';
  }

  async open(): Promise<void> {
    const streams = this.#config['redis.stream.name'];
    if (this.#isGroup) {
      for (const stream of streams) this.#next.set(stream, '0-0');
      await this.#makeGroups();
      return;
    }
    for (const stream of streams) this.#next.set(stream, await this.#begin(stream));
  }

  async poll(signal: AbortSignal): Promise<Polled> {
    await this.#acknowledge();
    if (!this.#isGroup) return this.#read(signal, ['XREAD']);
    await this.#makeGroups();
    const group = ['GROUP', this.#group, this.#consumer, ...(this.#isOnce ? ['NOACK'] : [])];
    try {
      const claimed = await this.#claim(signal);
      if (claimed.length > 0) return claimed;
      return await this.#read(signal, ['XREADGROUP', ...group]);
    } catch (error) {
      // The stream was deleted, and its groups with it.
      if (!/NOGROUP/.test((error as Error).message)) throw error;
      this.#hasGroups = false;
      return [];
    }
  }

  async committed(offsets: readonly { partition: SourcePartition; offset: SourceOffset }[]): Promise<void> {
    for (const { partition, offset } of offsets) {
      const stream = String(partition['stream']);
      const ids = this.#handedOut.takeThrough(stream, String(offset['id']));
      if (ids.length > 0) this.#toAcknowledge.push({ stream, ids });
    }
    // What Redis cannot hear now it hears with the next poll: until then it is pending, and would come again.
    await this.#acknowledge().catch((error: Error) => this.#context.logger.debug(error.message));
  }

  async close(): Promise<void> {
    this.#reading.close();
    this.#asking.close();
  }

  /** The first id of a stream without a group. `$` is settled now, so that nothing is lost between two reads. */
  async #begin(stream: string): Promise<string> {
    const stored = this.#context.offset({ stream })?.['id'];
    if (typeof stored === 'string') return stored;
    if (this.#config['redis.stream.offset'] !== '$') return this.#config['redis.stream.offset'];
    const reply = await redisCall(this.#asking, ['XREVRANGE', stream, '+', '-', 'COUNT', 1]);
    const [last] = listOfReply(reply);
    return last === undefined ? '0-0' : textOfReply(listOfReply(last)[0]!);
  }

  async #makeGroups(): Promise<void> {
    if (this.#hasGroups) return;
    for (const stream of this.#config['redis.stream.name']) {
      try {
        await redisCall(this.#asking, [
          'XGROUP',
          'CREATE',
          stream,
          this.#group,
          this.#config['redis.stream.offset'],
          'MKSTREAM',
        ]);
      } catch (error) {
        if (!/BUSYGROUP/.test((error as Error).message)) throw error;
      }
    }
    this.#hasGroups = true;
  }

  async #read(signal: AbortSignal, command: readonly [string, ...string[]]): Promise<readonly SourceBatch[]> {
    const waiting = [...this.#next].filter(([, next]) => next !== '>');
    // Pending entries of a group are answered at once, so they come first, alone.
    const asked = this.#isGroup && waiting.length > 0 ? waiting : [...this.#next];
    const reply = await this.#wait({ signal, command, asked });
    if (reply === undefined) return [];
    const batches = listOfReply(reply).map(each => this.#batch(each));
    if (this.#isGroup && waiting.length > 0) this.#readOn(waiting, batches);
    return batches.filter(batch => batch !== undefined);
  }

  async #wait({ signal, command, asked }: Asked): Promise<Reply | undefined> {
    try {
      return await patientCall(this.#reading, signal, [
        ...command,
        'COUNT',
        this.#config['batch.size'],
        'BLOCK',
        this.#config['redis.block.ms'],
        'STREAMS',
        ...asked.map(([stream]) => stream),
        ...asked.map(([, next]) => next),
      ] as [string, ...(string | number)[]]);
    } catch (error) {
      // Entries may have been given to us in an answer that was lost: they are pending.
      if (this.#isGroup) for (const stream of this.#next.keys()) this.#next.set(stream, '0-0');
      throw error;
    }
  }

  /** A stream without more of its own pending entries goes on with new ones. */
  #readOn(waiting: readonly (readonly [string, string])[], batches: readonly (SourceBatch | undefined)[]): void {
    for (const [stream, next] of waiting) {
      const hasMore = batches.some(batch => batch?.partition['stream'] === stream) || this.#next.get(stream) !== next;
      if (!hasMore) this.#next.set(stream, '>');
    }
  }

  #batch(reply: Reply): SourceBatch | undefined {
    const [name, entries] = listOfReply(reply);
    return this.#batchOf(textOfReply(name!), entries!, this.#next.get(textOfReply(name!)) !== '>');
  }

  /** Of a group, what is pending because its commit is still to come is left out. */
  #batchOf(stream: string, reply: Reply, movesOn: boolean): SourceBatch | undefined {
    const entries = listOfReply(reply);
    if (movesOn && entries.length > 0) this.#next.set(stream, idOf(entries.at(-1)!));
    const own = this.#isGroup ? this.#handed(stream) : undefined;
    const fresh = own === undefined ? entries : entries.filter(entry => !own.has(idOf(entry)));
    const { ids, gone, records, bad } = streamEntries(stream, fresh, this.#config);
    if (gone.length > 0) this.#toAcknowledge.push({ stream, ids: gone });
    const id = ids.at(-1);
    if (id === undefined) return undefined;
    if ((this.#isGroup && !this.#isOnce) || this.#config['redis.stream.delete']) this.#handedOut.add(stream, id, ids);
    return { partition: { stream }, offset: { id }, records, ...(bad.length > 0 && { bad }) };
  }

  #handed(stream: string): ReadonlySet<string> {
    const committed = this.#toAcknowledge.filter(each => each.stream === stream).flatMap(({ ids }) => ids);
    return new Set([...this.#handedOut.items(stream), ...committed]);
  }

  /** Entries that another consumer was given and never acknowledged. */
  async #claim(signal: AbortSignal): Promise<readonly SourceBatch[]> {
    const idleMs = this.#config['redis.stream.claim.idle.ms'];
    const now = this.#context.clock.monotonic();
    if (idleMs === 0 || this.#isOnce || now - this.#claimedAt < idleMs / 2) return [];
    const batches: SourceBatch[] = [];
    let isMore = false;
    for (const stream of this.#config['redis.stream.name']) {
      const reply = await patientCall(this.#asking, signal, [
        'XAUTOCLAIM',
        stream,
        this.#group,
        this.#consumer,
        idleMs,
        '0-0',
        'COUNT',
        this.#config['batch.size'],
      ]);
      const [cursor, entries] = listOfReply(reply);
      if (cursor === undefined || entries === undefined) continue;
      isMore ||= textOfReply(cursor) !== '0-0';
      const batch = this.#batchOf(stream, entries, false);
      if (batch === undefined) continue;
      this.#context.logger.info(`stream ${stream}: claimed ${batch.records.length} entries that others left pending`);
      batches.push(batch);
    }
    if (!isMore) this.#claimedAt = now;
    return batches;
  }

  /** One at a time. */
  #acknowledge(): Promise<void> {
    this.#acknowledging = this.#acknowledging.catch(() => undefined).then(() => this.#acknowledgeNow());
    return this.#acknowledging;
  }

  async #acknowledgeNow(): Promise<void> {
    while (this.#toAcknowledge.length > 0) {
      const { stream, ids } = this.#toAcknowledge[0]!;
      if (this.#isGroup) await redisCall(this.#asking, ['XACK', stream, this.#group, ...ids]);
      if (this.#config['redis.stream.delete']) await redisCall(this.#asking, ['XDEL', stream, ...ids]);
      this.#toAcknowledge.shift();
    }
  }
}

interface Asked {
  readonly signal: AbortSignal;
  readonly command: readonly [string, ...string[]];
  /** Streams, and where to read on in each. */
  readonly asked: readonly (readonly [string, string])[];
}

function idOf(entry: Reply): string {
  return textOfReply(listOfReply(entry)[0]!);
}
