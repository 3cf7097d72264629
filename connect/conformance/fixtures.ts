// What the author of a connector says of it, so that the suite can run it: how a fresh place at the other side is made, what puts values there
// or reads what is in it, and, where that can be had, how the other side breaks and comes back.

import type { SinkDefinition } from '../api/sink.js';
import type { SourceDefinition } from '../api/source.js';

export type Options = Readonly<Record<string, unknown>>;

/** The other side of one case: new and empty, and gone when it is closed. */
export interface Place {
  /** The connector's own options. The runtime's (`topic`, `topics`, `errors.*`) are the suite's. */
  readonly config: Options;
  /** The other side goes away: connections break, new ones are refused. Resolves when that is so. */
  breakPeer?(): Promise<void>;
  /** It is back, with all that it held. */
  mendPeer?(): Promise<void>;
  /** It takes what it is asked and does not answer. `mendPeer` ends that too. */
  stallPeer?(): Promise<void>;
  close?(): Promise<void>;
}

export interface SourcePlace extends Place {
  /** Puts these values where the source reads, in this order. Each is one record. */
  put(values: readonly string[]): Promise<void>;
  /** Puts something of which no record can be made. */
  putBad?(): Promise<void>;
  /** How many values still lie at the other side that the task has not taken. */
  untaken?(): Promise<number>;
}

export interface SourceUnderTest {
  readonly connector: SourceDefinition;
  place(): Promise<SourcePlace>;
  /** The value that was put, of the record that it has become. Default: the record's value as text. */
  textOf?(record: { readonly key: unknown; readonly value: unknown }): string;
  /** `at-most-once`: what was handed out and not acknowledged may be lost. Default: at-least-once. */
  readonly delivery?: 'at-least-once' | 'at-most-once';
  /** The source reads everything again each time, so that what was acknowledged comes again. */
  readonly repeats?: boolean;
  /** The source reads what is there when it begins, and ends. */
  readonly isBounded?: boolean;
  /** The source says nothing about the order of its values. */
  readonly isUnordered?: boolean;
  /** Records that one poll hands out at most, with the configuration of the places. Makes the case of a slow taker count. */
  readonly pollRecordsMax?: number;
  readonly wrong?: readonly WrongOptions[];
}

/** Something that a sink holds, as the record that put it there: the parsed value, and the key where the sink keeps it. */
export interface Held {
  readonly key?: string | null;
  readonly value: unknown;
}

export interface SinkPlace extends Place {
  /** All that the sink has written and made visible, in the order in which it was written where the sink keeps one. */
  content(): Promise<readonly Held[]>;
}

export interface SinkUnderTest {
  readonly connector: SinkDefinition;
  place(): Promise<SinkPlace>;
  /** `last-of-key`: a record takes the place of the one before it with its key. `every-record`: all are kept, in the order of their partition. */
  readonly keeps: 'last-of-key' | 'every-record';
  readonly guarantee: 'exactly-once' | 'at-least-once';
  /** The value of the n-th record, as the converter would hand it to the sink. Different for each n. Default: an object. */
  value?(n: number): unknown;
  /** What a record without a value does: takes away what its key has put there, is kept as null, is a bad record, or nothing. */
  readonly tombstones: 'delete' | 'keep' | 'reject' | 'ignore';
  /** A record that the sink must refuse. */
  readonly bad?: { readonly key: unknown; readonly value: unknown };
  readonly wrong?: readonly WrongOptions[];
}

/** Options that, put over those of a place, cannot be meant; and what the message must name. */
export interface WrongOptions {
  readonly config: Options;
  readonly names: RegExp;
}
