// The fluent face: immutable handles on a topology that is being written. They hold nothing of what flows: a call adds a node and
// returns the handle of what it hands on. User functions get (value, key, record); they see null values and keys as they come, so a topic
// that holds deletions is a Topic<K, V | null>. All of the face stands in this one file, as streams and tables speak of each other.

import type { Observable } from 'rxjs';
import type { Duration, Serde, Topic } from '../../core/index.js';
import type { Pair } from '../operators/map.js';
import type { RxRecord } from '../operators/rx.js';
import type { RecordContext } from '../operators/stream-record.js';
import type { TimeWindows } from '../time/time-windows.js';
import type { Windowed } from '../time/windowed.js';
import type { KeySerde, Named, Stateful, TableOptions, ValueSerde } from './options.js';

export type RecordFunction<K, V, R> = (value: V, key: K, record: RecordContext) => R;

/** A stream of records, each of its own meaning. */
export interface KStream<K, V> {
  filter<W extends V>(
    predicate: (value: V, key: K, record: RecordContext) => value is W,
    options?: Named,
  ): KStream<K, W>;
  filter(predicate: RecordFunction<K, V, boolean>, options?: Named): KStream<K, V>;
  filterNot(predicate: RecordFunction<K, V, boolean>, options?: Named): KStream<K, V>;
  map<K2, V2>(
    map: RecordFunction<K, V, Pair<K2, V2>>,
    options?: Named & KeySerde<K2> & ValueSerde<V2>,
  ): KStream<K2, V2>;
  mapValues<V2>(map: RecordFunction<K, V, V2>, options?: Named & ValueSerde<V2>): KStream<K, V2>;
  flatMap<K2, V2>(
    map: RecordFunction<K, V, Iterable<Pair<K2, V2>> | null | undefined>,
    options?: Named & KeySerde<K2> & ValueSerde<V2>,
  ): KStream<K2, V2>;
  flatMapValues<V2>(
    map: RecordFunction<K, V, Iterable<V2> | null | undefined>,
    options?: Named & ValueSerde<V2>,
  ): KStream<K, V2>;
  selectKey<K2>(select: RecordFunction<K, V, K2>, options?: Named & KeySerde<K2>): KStream<K2, V>;
  peek(look: RecordFunction<K, V, void>, options?: Named): KStream<K, V>;
  foreach(look: RecordFunction<K, V, void>, options?: Named): void;
  /** Each record goes to the first branch whose predicate holds, else to `rest`. */
  split<B extends Readonly<Record<string, RecordFunction<K, V, boolean>>>>(
    branches: B,
    options?: Named,
  ): { readonly [name in keyof B | 'rest']: KStream<K, V> };
  /** The records of both as they come; serdes are kept where both have the same. */
  merge(other: KStream<K, V>, options?: Named & KeySerde<K> & ValueSerde<V>): KStream<K, V>;
  /** Through an internal topic, spread by key. */
  repartition(
    options: { readonly name: string; readonly partitions?: number } & KeySerde<K> & ValueSerde<V>,
  ): KStream<K, V>;
  /** Writes a topic, with its serdes; a topic given by its name is written with the stream's. */
  to(topic: Topic<NonNullable<K>, NonNullable<V>> | string, options?: Named & KeySerde<K> & ValueSerde<V>): void;
  /** The last value of each key; null deletes. `name` is that of the repartition topic and of a store that a join asks for. */
  toTable(options: { readonly name: string } & TableOptions & KeySerde<K> & ValueSerde<V>): KTable<K, V>;
  groupByKey(options?: Named & KeySerde<K> & ValueSerde<V>): GroupedStream<K, V>;
  groupBy<K2>(select: RecordFunction<K, V, K2>, options?: Named & KeySerde<K2> & ValueSerde<V>): GroupedStream<K2, V>;
  /** Looks the key up in the table as it is when the record is processed; drops the record when it is not there. */
  join<T, V2>(
    table: KTable<K, T>,
    join: (value: V, tableValue: T, key: K) => V2,
    options: { readonly name: string } & KeySerde<K> & ValueSerde<V> & { readonly result?: Serde<NonNullable<V2>> },
  ): KStream<K, V2>;
  /** As join, but a record whose key is not in the table is joined with null. */
  leftJoin<T, V2>(
    table: KTable<K, T>,
    join: (value: V, tableValue: T | null, key: K) => V2,
    options: { readonly name: string } & KeySerde<K> & ValueSerde<V> & { readonly result?: Serde<NonNullable<V2>> },
  ): KStream<K, V2>;
  /** Any RxJS operators, epoch by epoch: the Observable completes with the epoch, and state in it ends there. */
  rx<K2, V2>(
    name: string,
    apply: (records$: Observable<RxRecord<K, V>>) => Observable<RxRecord<K2, V2>>,
    options?: KeySerde<K2> & ValueSerde<V2>,
  ): KStream<K2, V2>;
}

/** A table: for each key the last value; what it hands on are changes, null for a deletion. */
export interface KTable<K, V> {
  filter(predicate: (value: V, key: K) => boolean, options?: Named & TableOptions): KTable<K, V>;
  filterNot(predicate: (value: V, key: K) => boolean, options?: Named & TableOptions): KTable<K, V>;
  mapValues<V2>(
    map: (value: V, key: K) => V2,
    options?: Named & TableOptions & ValueSerde<V2>,
  ): KTable<K, NonNullable<V2>>;
  toStream(options?: Named): KStream<K, V>;
  /** Under another key, as selectKey would. */
  toStream<K2>(select: RecordFunction<K, V, K2>, options?: Named & KeySerde<K2>): KStream<K2, V>;
}

/** A table of windowed results. */
export interface WindowedTable<K, V, In> extends KTable<Windowed<K>, V> {
  /** Records that came too late for their window (for one of them, where windows overlap), as they were. */
  lateRecords(): KStream<K, In>;
}

export interface AggregateOptions<K, V, A> extends ValueSerde<A>, KeySerde<K> {
  readonly init: () => A;
  /** What the record makes of the aggregate. null deletes the entry. Must not change the aggregate it is given. */
  readonly add: (aggregate: A, value: V, key: K) => A | null;
}

export interface ReduceOptions<K, V> extends ValueSerde<V>, KeySerde<K> {
  readonly reduce: (aggregate: V, value: V) => V | null;
}

export interface GroupedStream<K, V> {
  count(options: Stateful & KeySerde<K>): KTable<K, number>;
  reduce(options: Stateful & ReduceOptions<K, V>): KTable<K, V>;
  aggregate<A>(options: Stateful & AggregateOptions<K, V, A>): KTable<K, A>;
  windowedBy(windows: TimeWindows): WindowedStream<K, V>;
}

export interface WindowOptions<K, V> {
  /** Each new value of a window (the default), or once, when it closes. */
  readonly emit?: 'update' | 'close';
  /** With emit 'close': how often, by the wall clock, closed windows are looked for at most. Default 0: at every record. */
  readonly emitEvery?: Duration;
  /** Where late records go, besides being counted. */
  readonly onLate?: Topic<NonNullable<K>, NonNullable<V>>;
  /** How long windows stay readable behind the latest one; at least size + grace, which is the default. */
  readonly retention?: Duration;
}

export interface WindowedStream<K, V> {
  count(options: Stateful & KeySerde<K> & WindowOptions<K, V>): WindowedTable<K, number, V>;
  reduce(options: Stateful & ReduceOptions<K, V> & WindowOptions<K, V>): WindowedTable<K, V, V>;
  aggregate<A>(options: Stateful & AggregateOptions<K, V, A> & WindowOptions<K, V>): WindowedTable<K, A, V>;
}
