// The topic of source offsets, with Kafka Connect's keys (JSON ["connector", {partition}]) and values (JSON of the offset; null: forgotten), as all
// connectors that keep their offsets in it share it.

import type { Log, NewTopic } from '../../../core/index.js';
import type { Primitive, SourceOffset, SourcePartition } from '../../api/record.js';
import { canonicalJson } from '../canonical-json.js';
import { ensureTopic } from '../ensure-topic.js';
import { TopicTail } from '../topic-tail.js';
import type { PartitionPosition } from './submitted-batches.js';

const none: ReadonlyMap<string, PartitionPosition> = new Map();

export class OffsetLog {
  readonly topic: string;
  readonly #tail: TopicTail;
  readonly #byConnector = new Map<string, Map<string, PartitionPosition>>();

  private constructor(log: Log, topic: string) {
    this.topic = topic;
    this.#tail = new TopicTail(log, topic, (key, value) => this.#take(key, value));
  }

  /** Makes the topic where it is missing. */
  static async open(log: Log, topic: NewTopic): Promise<OffsetLog> {
    await ensureTopic(log, { ...topic, configs: { 'cleanup.policy': 'compact' } });
    return new OffsetLog(log, topic.name);
  }

  /** Knows all that is in the topic now when it resolves. */
  refresh(): Promise<void> {
    return this.#tail.toEnd();
  }

  /** By the canonical JSON of the partition, as of the last `refresh`. */
  of(connector: string): ReadonlyMap<string, PartitionPosition> {
    return this.#byConnector.get(connector) ?? none;
  }

  #take(key: Uint8Array | null, value: string | null): void {
    const [connector, partition] = parsedKey(key);
    if (connector === undefined || partition === undefined) return;
    let offsets = this.#byConnector.get(connector);
    if (offsets === undefined) this.#byConnector.set(connector, (offsets = new Map()));
    const offset = value === null ? undefined : parsedOffset(value);
    if (offset === undefined) offsets.delete(canonicalJson(partition));
    else offsets.set(canonicalJson(partition), { partition, offset });
  }
}

/** The key under which the offset of a partition is kept. */
export function offsetKey(connector: string, partition: SourcePartition): string {
  return `[${JSON.stringify(connector)},${canonicalJson(partition)}]`;
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
