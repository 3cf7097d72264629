// The topic of source offsets, with Kafka Connect's keys (JSON ["connector", {partition}]) and values (JSON of the offset; null: forgotten).
// It is read to its end at start, then kept in memory. Read committed: what a transaction that was aborted has written never counted.

import { bytes, type Log, type Producer, string } from '../../../core/index.js';
import type { Primitive, SourceOffset, SourcePartition } from '../../api/record.js';
import { ensureTopic } from '../ensure-topic.js';
import { canonicalJson } from './canonical-json.js';
import type { PartitionPosition } from './submitted-batches.js';

export class SourceOffsetStore {
  readonly #topic: string;
  readonly #connector: string;
  readonly #offsets = new Map<string, PartitionPosition>();

  private constructor(topic: string, connector: string) {
    this.#topic = topic;
    this.#connector = connector;
  }

  static async load(log: Log, topic: string, connector: string, signal: AbortSignal): Promise<SourceOffsetStore> {
    const store = new SourceOffsetStore(topic, connector);
    await ensureTopic(log, { name: topic, configs: { 'cleanup.policy': 'compact' } });
    await store.#read(log, signal);
    return store;
  }

  get(partition: SourcePartition): SourceOffset | undefined {
    return this.#offsets.get(canonicalJson(partition))?.offset;
  }

  all(): readonly PartitionPosition[] {
    return [...this.#offsets.values()];
  }

  /** Resolves when the offsets are acknowledged; with an open transaction of the producer they are part of it. */
  async write(producer: Producer, positions: readonly PartitionPosition[]): Promise<void> {
    await Promise.all(
      positions.map(({ partition, offset }) => {
        const key = `[${JSON.stringify(this.#connector)},${canonicalJson(partition)}]`;
        return producer.send(this.#topic, { key, value: JSON.stringify(offset) });
      }),
    );
  }

  /** What was written is committed. */
  remember(positions: readonly PartitionPosition[]): void {
    for (const position of positions) this.#offsets.set(canonicalJson(position.partition), position);
  }

  async #read(log: Log, signal: AbortSignal): Promise<void> {
    await using admin = log.admin();
    const [description] = await admin.describeTopics([this.#topic]);
    const partitions = description!.partitions.map(({ partition }) => ({ topic: this.#topic, partition }));
    const committed = { isolationLevel: 'read_committed', autoOffsetReset: 'earliest' } as const;
    await using consumer = log.consumer({ key: bytes, value: string, ...committed });
    consumer.assign(partitions);
    for (const partition of partitions) consumer.seek(partition, 'start');
    // The very end: what we have committed may stand behind a transaction of somebody else that is still open.
    const ends = await admin.listOffsets(partitions, 'end');
    for (const end of ends) {
      while (end !== undefined && (await consumer.position(end)) < end.offset) {
        for (const record of await consumer.poll({ waitMs: 500, signal })) this.#take(record.key, record.value);
      }
    }
  }

  #take(key: Uint8Array | null, value: string | null): void {
    const [connector, partition] = parsedKey(key);
    if (connector !== this.#connector || partition === undefined) return;
    const offset = value === null ? undefined : parsedOffset(value);
    if (offset === undefined) this.#offsets.delete(canonicalJson(partition));
    else this.#offsets.set(canonicalJson(partition), { partition, offset });
  }
}

/** Empty for a key that is none of ours: the topic may be shared with other writers. */
function parsedKey(key: Uint8Array | null): readonly [] | readonly [string, SourcePartition] {
  const parsed = key === null ? undefined : parsedJson(Buffer.from(key).toString());
  if (!Array.isArray(parsed) || parsed.length !== 2 || typeof parsed[0] !== 'string' || !isFlat(parsed[1])) return [];
  return [parsed[0], parsed[1]];
}

function parsedOffset(text: string): SourceOffset | undefined {
  const offset = parsedJson(text);
  return isFlat(offset) ? offset : undefined;
}

function parsedJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function isFlat(value: unknown): value is Record<string, Primitive> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
