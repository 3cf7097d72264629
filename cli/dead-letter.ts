import type { ConsumerRecord } from '../core/index.js';

type Header = { readonly key: string; readonly value: Uint8Array | null };

/** A record that a connector kept aside, and what its headers say about why. */
export interface DeadLetter {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
  readonly timestamp: number;
  readonly key: Uint8Array | null;
  readonly value: Uint8Array | null;
  /** The headers that it had before. */
  readonly headers: readonly Header[];
  /** Those that the connector added, without their prefix: `connector.name`, `stage`, `exception.message`, ... */
  readonly facts: Readonly<Record<string, string>>;
}

const prefix = '__connect.errors.';

export function deadLetter(record: ConsumerRecord<Uint8Array, Uint8Array>): DeadLetter {
  const { topic, partition, offset, timestamp, key, value } = record;
  const facts = record.headers.filter(header => isFact(header));
  const text = (bytes: Uint8Array | null) => Buffer.from(bytes ?? []).toString();
  return {
    topic,
    partition,
    offset,
    timestamp,
    key,
    value,
    headers: record.headers.filter(header => !isFact(header)),
    facts: Object.fromEntries(facts.map(header => [header.key.slice(prefix.length), text(header.value)])),
  };
}

/** Where a sink read it; undefined for a letter of a source, which was in no topic yet. */
export function originOf({ facts }: DeadLetter): { readonly topic: string; readonly partition: number } | undefined {
  const { topic, partition } = facts;
  return topic === undefined || topic === '' ? undefined : { topic, partition: Number(partition ?? -1) };
}

function isFact({ key }: Header): boolean {
  return key.startsWith(prefix);
}
