// A record in a topic of the test driver: bytes, as in a real one, so that nothing passes from one sub-topology to the next that a serde loses.

import { Arena } from '../../core/index.js';
import type { AnySerde, Headers } from '../topology/plan.js';

export interface StoredRecord {
  readonly partition: number;
  readonly offset: number;
  readonly key: Uint8Array | null;
  readonly value: Uint8Array | null;
  readonly timestamp: number;
  readonly headers: Headers;
  /** Counts the records that were written to any topic of the driver. */
  readonly sequence: number;
}

/** A record as a test reads it from a topic. */
export interface TestRecord<K = unknown, V = unknown> {
  readonly key: K;
  readonly value: V;
  readonly timestamp: number;
  readonly headers: Headers;
  readonly partition: number;
  readonly offset: number;
  /** Counts the records that were written to any topic, so that tests can see the order across topics. */
  readonly sequence: number;
}

const arena = new Arena();

export function encoded(serde: AnySerde, value: unknown): Uint8Array | null {
  if (value === null || value === undefined) return null;
  arena.reset();
  serde.write(value, arena);
  return Buffer.from(arena.bytes.subarray(0, arena.position));
}

export function decoded(serde: AnySerde, bytes: Uint8Array | null): unknown {
  return bytes === null ? null : serde.read(bytes, 0, bytes.length);
}
