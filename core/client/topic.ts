// A topic as an application names it: name, serdes, and what is needed to create it. Plain data; nothing is asked of the log.

import type { Serde } from '../serdes/serde.js';
import { stringSerde } from '../serdes/string-serde.js';

export interface Topic<K, V> {
  readonly name: string;
  readonly key: Serde<K>;
  readonly value: Serde<V>;
  /** Event time of a record, ms since the epoch; without it the record's own timestamp counts. */
  readonly timestamp?: (value: V, key: K) => number;
  /** For whoever creates the topic; without it the broker's default. */
  readonly partitions?: number;
  readonly configs?: Readonly<Record<string, string>>;
}

export interface TopicOptions<K, V> {
  readonly key?: Serde<K>;
  readonly value?: Serde<V>;
  readonly timestamp?: (value: V, key: K) => number;
  readonly partitions?: number;
  readonly configs?: Readonly<Record<string, string>>;
}

/** Describes a topic. Keys and values are strings unless serdes are given. */
export function topic<K = string, V = string>(name: string, options: TopicOptions<K, V> = {}): Topic<K, V> {
  return {
    name,
    key: options.key ?? (stringSerde as Serde<unknown> as Serde<K>),
    value: options.value ?? (stringSerde as Serde<unknown> as Serde<V>),
    ...(options.timestamp !== undefined && { timestamp: options.timestamp }),
    ...(options.partitions !== undefined && { partitions: options.partitions }),
    ...(options.configs !== undefined && { configs: options.configs }),
  };
}

export interface TopicPartition {
  readonly topic: string;
  readonly partition: number;
}
