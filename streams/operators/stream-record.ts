// The record as it travels a chain. Operators that change something push a record of their own, which they reuse: a record is valid
// only until the push returns, and nobody changes one that is not theirs. Whoever keeps one (`.rx`) copies it.

import type { Headers } from '../topology/plan.js';

export const noHeaders: Headers = [];

export class StreamRecord {
  // biome-ignore lint/suspicious/noExplicitAny: typed at the DSL; the chain carries all types
  key: any = null;
  // biome-ignore lint/suspicious/noExplicitAny: as above
  value: any = null;
  /** Of a table's change: the value before, where somebody downstream asked for it. */
  // biome-ignore lint/suspicious/noExplicitAny: as above
  oldValue: any = null;
  timestamp = Number.NaN;
  headers: Headers = noHeaders;

  /** Takes over all of `source`, so that one thing can be changed. */
  copyFrom(source: StreamRecord): this {
    this.key = source.key;
    this.value = source.value;
    this.oldValue = source.oldValue;
    this.timestamp = source.timestamp;
    this.headers = source.headers;
    return this;
  }
}

/** What user functions see of a record besides value and key. Valid only during the call. */
export interface RecordContext {
  readonly timestamp: number;
  readonly headers: Headers;
}

// biome-ignore lint/suspicious/noExplicitAny: the plan holds functions of all types; the DSL checks them
export type AnyRecordFunction<R> = (value: any, key: any, record: RecordContext) => R;
