// KStream: each method adds a node and returns the handle of what it hands on.

import { type Topic, UsageError } from '../../core/index.js';
import type { FilterPlan } from '../operators/filter.js';
import type { FlatMapPlan } from '../operators/flat-map.js';
import type { FlatMapValuesPlan } from '../operators/flat-map-values.js';
import type { MapPlan } from '../operators/map.js';
import type { MapValuesPlan } from '../operators/map-values.js';
import type { PeekPlan } from '../operators/peek.js';
import type { RxPlan, RxStage } from '../operators/rx.js';
import type { SelectKeyPlan } from '../operators/select-key.js';
import type { BranchPlan, SplitPlan } from '../operators/split.js';
import type { AnyRecordFunction } from '../operators/stream-record.js';
import type { StreamTableJoinPlan } from '../operators/stream-table-join.js';
import { storesOf } from '../operators/table-getter.js';
import type { AnySerde, OperatorPlan } from '../topology/plan.js';
import { type DslContext, draftOfStream, draftOfTable, rememberStream, type StreamDraft } from './drafts.js';
import { groupedDraft } from './grouped-draft.js';
import type { GroupedStream, KStream, KTable } from './handles.js';
import type { Named } from './options.js';
import { repartitioned } from './repartition.js';
import { tableSourceDraft } from './table-source-draft.js';

// biome-ignore-start lint/suspicious/noExplicitAny: the interface KStream carries the types; behind it all streams are alike
type Serdes = { readonly key?: AnySerde; readonly value?: AnySerde };
type Fn<R> = AnyRecordFunction<R>;

export class StreamHandle implements KStream<any, any> {
  readonly #context: DslContext;
  readonly #draft: StreamDraft;

  constructor(context: DslContext, draft: StreamDraft) {
    this.#context = context;
    this.#draft = draft;
    rememberStream(this, draft);
  }

  filter(predicate: Fn<boolean>, options: Named = {}): KStream<any, any> {
    const plan: FilterPlan = { kind: 'filter', predicate, keeps: true };
    return this.#then(plan, options.name, {});
  }

  filterNot(predicate: Fn<boolean>, options: Named = {}): KStream<any, any> {
    const plan: FilterPlan = { kind: 'filter', predicate, keeps: false };
    return this.#then(plan, options.name, {}, 'filter-not');
  }

  map(map: Fn<any>, options: Named & Serdes = {}): KStream<any, any> {
    const plan: MapPlan = { kind: 'map', map };
    return this.#then(plan, options.name, { key: options.key, value: options.value, isRekeyed: true });
  }

  mapValues(map: Fn<unknown>, options: Named & Serdes = {}): KStream<any, any> {
    const plan: MapValuesPlan = { kind: 'map-values', map };
    return this.#then(plan, options.name, { value: options.value });
  }

  flatMap(map: Fn<any>, options: Named & Serdes = {}): KStream<any, any> {
    const plan: FlatMapPlan = { kind: 'flat-map', map };
    return this.#then(plan, options.name, { key: options.key, value: options.value, isRekeyed: true });
  }

  flatMapValues(map: Fn<any>, options: Named & Serdes = {}): KStream<any, any> {
    const plan: FlatMapValuesPlan = { kind: 'flat-map-values', map };
    return this.#then(plan, options.name, { value: options.value });
  }

  selectKey(select: Fn<unknown>, options: Named & Serdes = {}): KStream<any, any> {
    const plan: SelectKeyPlan = { kind: 'select-key', select };
    return this.#then(plan, options.name, { key: options.key, isRekeyed: true });
  }

  peek(look: Fn<void>, options: Named = {}): KStream<any, any> {
    const plan: PeekPlan = { kind: 'peek', look };
    return this.#then(plan, options.name, {});
  }

  foreach(look: Fn<void>, options: Named = {}): void {
    const plan: PeekPlan = { kind: 'peek', look };
    this.#then(plan, options.name, {}, 'foreach');
  }

  split(branches: Readonly<Record<string, Fn<boolean>>>, options: Named = {}): any {
    const names = Object.keys(branches);
    if (names.includes('rest') || names.some(name => /^\d+$/.test(name))) {
      throw new UsageError(
        'branches of a split cannot be called "rest" (what no branch took) nor by a number (which has no order)',
      );
    }
    const plan: SplitPlan = { kind: 'split', predicates: Object.values(branches) };
    const split = this.#add(plan, options.name, {});
    return Object.fromEntries(
      [...names, 'rest'].map((name, index) => {
        const branch: BranchPlan = { kind: 'branch', split: split.node.name, index };
        return [name, new StreamHandle(this.#context, split).#then(branch, `${split.node.name}.${name}`, {})];
      }),
    );
  }

  merge(other: KStream<any, any>, options: Named & Serdes = {}): KStream<any, any> {
    const { topology, handles } = this.#context;
    const [left, right] = [this.#draft, draftOfStream(other)];
    const key = options.key ?? (left.key === right.key ? left.key : undefined);
    const value = options.value ?? (left.value === right.value ? left.value : undefined);
    const node = topology.add({
      kind: 'merge',
      name: topology.nodeName('merge', options.name),
      parents: [left.node, right.node],
      keySerde: key,
      valueSerde: value,
    });
    return handles.stream({ node, key, value, isRekeyed: left.isRekeyed || right.isRekeyed });
  }

  repartition(options: { name: string; partitions?: number } & Serdes): KStream<any, any> {
    const draft = this.#with(options);
    const node = repartitioned(this.#context, draft, {
      operator: options.name,
      partitions: options.partitions,
    });
    return this.#context.handles.stream({ ...draft, node, isRekeyed: false });
  }

  to(topic: Topic<any, any> | string, options: Named & Serdes = {}): void {
    const { topology } = this.#context;
    const draft = this.#with(options);
    const known = typeof topic === 'string' ? draft : topic;
    topology.add({
      kind: 'sink',
      name: topology.nodeName('to', options.name),
      parents: [draft.node],
      topic: typeof topic === 'string' ? topic : topic.name,
      isInternal: false,
      keySerde: known.key,
      valueSerde: known.value,
    });
  }

  toTable(
    options: { name: string; store?: string; backing?: 'memory' | 'disk'; isLogged?: boolean } & Serdes,
  ): KTable<any, any> {
    const draft = this.#partitioned(options.name, this.#with(options));
    return this.#context.handles.table(
      tableSourceDraft(this.#context, draft, {
        ...options,
        lazyStore: options.name,
        nodeName: options.name,
        isOwnName: true,
      }),
    );
  }

  groupByKey(options: Named & Serdes = {}): GroupedStream<any, any> {
    return this.#context.handles.groupedStream(groupedDraft(this.#context, this.#with(options), options.name));
  }

  groupBy(select: Fn<unknown>, options: Named & Serdes = {}): GroupedStream<any, any> {
    const plan: SelectKeyPlan = { kind: 'select-key', select };
    const selected = this.#add(plan, undefined, { key: options.key, isRekeyed: true });
    const draft = options.value === undefined ? selected : { ...selected, value: options.value };
    return this.#context.handles.groupedStream(groupedDraft(this.#context, draft, options.name));
  }

  join(table: KTable<any, any>, join: any, options: { name: string; result?: AnySerde } & Serdes): KStream<any, any> {
    return this.#join('inner', table, join, options);
  }

  leftJoin(
    table: KTable<any, any>,
    join: any,
    options: { name: string; result?: AnySerde } & Serdes,
  ): KStream<any, any> {
    return this.#join('left', table, join, options);
  }

  rx(name: string, apply: any, options: Serdes = {}): KStream<any, any> {
    const plan: RxPlan = { kind: 'rx', apply: apply as RxStage };
    return this.#then(plan, name, { key: options.key, value: options.value, isRekeyed: true });
  }

  #join(
    type: 'inner' | 'left',
    table: KTable<any, any>,
    join: StreamTableJoinPlan['join'],
    options: { name: string; result?: AnySerde } & Serdes,
  ): KStream<any, any> {
    const { topology, handles } = this.#context;
    const draft = this.#partitioned(options.name, this.#with(options));
    const right = draftOfTable(table);
    topology.requireOwn(right.node);
    const getter = right.getter();
    const plan: StreamTableJoinPlan = { kind: 'stream-table-join', type, table: getter, join };
    topology.copartitioned.push({ operator: options.name, nodes: [draft.node, right.node] });
    const node = topology.add({
      kind: 'processor',
      name: topology.nodeName(`${type}-join`, options.name),
      parents: [draft.node],
      operator: plan,
      keySerde: draft.key,
      valueSerde: options.result,
      stores: storesOf(getter),
      details: [`${type} join with ${right.node.name}`],
      wantsNullKeys: type === 'left',
    });
    return handles.stream({ node, key: draft.key, value: options.result, isRekeyed: false });
  }

  /** Adds an operator behind this stream; serdes that are named in `change` replace the stream's, known or not. */
  #add(
    operator: OperatorPlan,
    name: string | undefined,
    change: { key?: AnySerde | undefined; value?: AnySerde | undefined; isRekeyed?: boolean },
    kind = operator.kind,
  ): StreamDraft {
    const { topology } = this.#context;
    const key = 'key' in change ? change.key : this.#draft.key;
    const value = 'value' in change ? change.value : this.#draft.value;
    const node = topology.add({
      kind: 'processor',
      name: topology.nodeName(kind, name),
      parents: [this.#draft.node],
      operator,
      keySerde: key,
      valueSerde: value,
    });
    return { node, key, value, isRekeyed: change.isRekeyed ?? this.#draft.isRekeyed };
  }

  #then(
    operator: OperatorPlan,
    name: string | undefined,
    change: { key?: AnySerde | undefined; value?: AnySerde | undefined; isRekeyed?: boolean },
    kind = operator.kind,
  ): KStream<any, any> {
    return this.#context.handles.stream(this.#add(operator, name, change, kind));
  }

  #with(serdes: Serdes): StreamDraft {
    return { ...this.#draft, key: serdes.key ?? this.#draft.key, value: serdes.value ?? this.#draft.value };
  }

  #partitioned(operator: string, draft: StreamDraft): StreamDraft {
    if (!draft.isRekeyed) return draft;
    const node = repartitioned(this.#context, draft, { operator });
    return { ...draft, node, isRekeyed: false };
  }
}
// biome-ignore-end lint/suspicious/noExplicitAny: as above
