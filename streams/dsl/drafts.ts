// What stands behind a handle, and how a handle is made of it. The classes of streams, tables and groupings make each other through
// `Handles`, which the topology puts together, so that their files need not import one another.

import type { TableGetterPlan } from '../operators/table-getter.js';
import type { DraftNode, TopologyDraft } from '../topology/draft.js';
import type { AnySerde } from '../topology/plan.js';
import type { GroupedStream, KStream, KTable, WindowedTable } from './handles.js';

/** A stream: the node that hands it on, what is known of its bytes, and whether its key was changed since it lay in a topic. */
export interface StreamDraft {
  readonly node: DraftNode;
  readonly key: AnySerde | undefined;
  readonly value: AnySerde | undefined;
  readonly isRekeyed: boolean;
}

export interface TableDraft {
  readonly node: DraftNode;
  readonly key: AnySerde | undefined;
  readonly value: AnySerde | undefined;
  /** How to read it at a key; gives it a store where it has none and needs one. */
  getter(): TableGetterPlan;
  /** Makes its changes carry the value before. False, and nothing changed, where that would take a store it does not have. */
  sendOldValues(options: { readonly isForced: boolean }): boolean;
  /** Side output of windowed tables. */
  lateRecords?(): StreamDraft;
}

/** A grouped stream: where each aggregate on it takes its records from. */
export interface GroupedDraft {
  readonly key: AnySerde | undefined;
  readonly value: AnySerde | undefined;
  /** The stream in its right partitions: itself, or behind a repartition topic called after `operator` or the grouping. */
  partitioned(
    operator: string,
    serdes: { readonly key: AnySerde | undefined; readonly value: AnySerde | undefined },
  ): DraftNode;
}

/** What every handle is made with. */
export interface DslContext {
  readonly topology: TopologyDraft;
  readonly handles: Handles;
}

// biome-ignore-start lint/suspicious/noExplicitAny: drafts carry no types; the handle that asks knows them
export interface Handles {
  stream(draft: StreamDraft): KStream<any, any>;
  table(draft: TableDraft): KTable<any, any>;
  windowedTable(draft: TableDraft): WindowedTable<any, any, any>;
  groupedStream(draft: GroupedDraft): GroupedStream<any, any>;
}
// biome-ignore-end lint/suspicious/noExplicitAny: as above

const tables = new WeakMap<object, TableDraft>();
const streams = new WeakMap<object, StreamDraft>();

/** The draft behind a table's handle, for the operators that take another table or stream. */
export const draftOfTable = (handle: object): TableDraft => tables.get(handle)!;
export const draftOfStream = (handle: object): StreamDraft => streams.get(handle)!;
export const rememberTable = (handle: object, draft: TableDraft): void => void tables.set(handle, draft);
export const rememberStream = (handle: object, draft: StreamDraft): void => void streams.set(handle, draft);
