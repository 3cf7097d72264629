// KTable: rows mapped one by one, with a store of the result only where its author names one.

import type { AnyRecordFunction } from '../operators/stream-record.js';
import type { TableMapPlan } from '../operators/table-map.js';
import type { ToStreamPlan } from '../operators/to-stream.js';
import type { AnySerde } from '../topology/plan.js';
import { type DslContext, draftOfTable, rememberTable, type TableDraft } from './drafts.js';
import type { KStream, KTable, WindowedTable } from './handles.js';
import type { Named, TableOptions } from './options.js';

// biome-ignore-start lint/suspicious/noExplicitAny: the interface KTable carries the types; behind it all tables are alike
type RowFunction<R> = (value: any, key: any) => R;
type Options = Named & TableOptions & { readonly value?: AnySerde };

export class TableHandle implements KTable<any, any> {
  readonly #context: DslContext;
  readonly #draft: TableDraft;

  constructor(context: DslContext, draft: TableDraft) {
    this.#context = context;
    this.#draft = draft;
    rememberTable(this, draft);
  }

  filter(predicate: RowFunction<boolean>, options: Options = {}): KTable<any, any> {
    const map: RowFunction<unknown> = (value, key) => (predicate(value, key) ? value : null);
    return this.#map('filter', map, { ...options, value: this.#draft.value! });
  }

  filterNot(predicate: RowFunction<boolean>, options: Options = {}): KTable<any, any> {
    const map: RowFunction<unknown> = (value, key) => (predicate(value, key) ? null : value);
    return this.#map('filter-not', map, { ...options, value: this.#draft.value! });
  }

  mapValues(map: RowFunction<unknown>, options: Options = {}): KTable<any, any> {
    return this.#map('map-values', map, options);
  }

  toStream(
    selectOrOptions?: AnyRecordFunction<unknown> | Named,
    given: Named & { readonly key?: AnySerde } = {},
  ): KStream<any, any> {
    const select = typeof selectOrOptions === 'function' ? (selectOrOptions as AnyRecordFunction<unknown>) : undefined;
    const options = typeof selectOrOptions === 'object' ? selectOrOptions : given;
    const { topology, handles } = this.#context;
    const { key, value, node: parent } = this.#draft;
    const plan: ToStreamPlan = { kind: 'to-stream', select };
    const keySerde = select === undefined ? key : given.key;
    const node = topology.add({
      kind: 'processor',
      name: topology.nodeName('to-stream', options.name),
      parents: [parent],
      operator: plan,
      keySerde,
      valueSerde: value,
    });
    return handles.stream({ node, key: keySerde, value, isRekeyed: select !== undefined });
  }

  #map(kind: 'filter' | 'filter-not' | 'map-values', map: RowFunction<unknown>, options: Options): KTable<any, any> {
    const { topology, handles } = this.#context;
    const parent = this.#draft;
    const { key } = parent;
    const value = options.value;
    // A filter whose parent has the value before at hand does not announce the absence of what was never there (KTableFilter).
    const isFilter = kind !== 'map-values';
    const plan: TableMapPlan = {
      kind: 'table-map',
      map,
      skipsAbsent: isFilter,
      store: options.store,
      sendsOldValues: isFilter && parent.sendOldValues({ isForced: false }),
    };
    const node = topology.add({
      kind: 'processor',
      name: topology.nodeName(`table-${kind}`, options.name),
      parents: [parent.node],
      operator: plan,
      keySerde: key,
      valueSerde: value,
      stores: options.store === undefined ? [] : [options.store],
    });
    if (options.store !== undefined) {
      topology.addStore({
        kind: 'key-value',
        name: options.store,
        keySerde: key,
        valueSerde: value,
        isLogged: options.isLogged ?? true,
        backing: options.backing ?? 'disk',
        place: node.name,
      });
    }
    return handles.table({
      node,
      key,
      value,
      getter: () =>
        options.store === undefined
          ? { kind: 'map', of: parent.getter(), map }
          : { kind: 'key-value', store: options.store },
      sendOldValues: ({ isForced }) => {
        if (options.store === undefined && !parent.sendOldValues({ isForced })) return false;
        plan.sendsOldValues = true;
        return true;
      },
    });
  }
}

export class WindowedTableHandle extends TableHandle implements WindowedTable<any, any, any> {
  readonly #context: DslContext;

  constructor(context: DslContext, draft: TableDraft) {
    super(context, draft);
    this.#context = context;
  }

  lateRecords(): KStream<any, any> {
    return this.#context.handles.stream(draftOfTable(this).lateRecords!());
  }
}
// biome-ignore-end lint/suspicious/noExplicitAny: as above
