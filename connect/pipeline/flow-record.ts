import type { Schema, SourceHeader } from '../api/index.js';

/** A record between source and sinks. Steps never change one: they make another. */
export interface FlowRecord {
  readonly key: unknown;
  readonly value: unknown;
  /** The topic that the source names for it, such as the table it came from. */
  readonly topic?: string | undefined;
  /** Milliseconds since the epoch; undefined: the time at which it is written. */
  readonly timestamp?: number | undefined;
  readonly headers: readonly SourceHeader[];
  readonly keySchema?: Schema | undefined;
  readonly valueSchema?: Schema | undefined;
}

/** The record with another value; a schema described the old one. */
export function withValue({ key, topic, timestamp, headers, keySchema }: FlowRecord, value: unknown): FlowRecord {
  return { key, value, topic, timestamp, headers, keySchema, valueSchema: undefined };
}
