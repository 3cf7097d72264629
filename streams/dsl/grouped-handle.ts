// Aggregates of a grouped stream. count and reduce are aggregates with a fold of their own.

import { int64 } from '../../core/index.js';
import type { AggregatePlan, Fold } from '../operators/aggregate.js';
import type { TimeWindows } from '../time/time-windows.js';
import type { AnySerde } from '../topology/plan.js';
import type { DslContext, GroupedDraft } from './drafts.js';
import { countFold, reduceFold } from './folds.js';
import type { GroupedStream, KTable, WindowedStream } from './handles.js';
import type { Stateful } from './options.js';
import { WindowedStreamHandle } from './windowed-handle.js';

// biome-ignore-start lint/suspicious/noExplicitAny: the interface GroupedStream carries the types
type Serdes = { readonly key?: AnySerde; readonly value?: AnySerde };

export class GroupedStreamHandle implements GroupedStream<any, any> {
  readonly #context: DslContext;
  readonly #draft: GroupedDraft;

  constructor(context: DslContext, draft: GroupedDraft) {
    this.#context = context;
    this.#draft = draft;
  }

  count(options: Stateful & Serdes): KTable<any, number> {
    return this.#aggregate('count', countFold, options, int64);
  }

  reduce(options: Stateful & Serdes & { reduce: (aggregate: any, value: any) => unknown }): KTable<any, any> {
    return this.#aggregate('reduce', reduceFold(options.reduce), options, options.value ?? this.#draft.value);
  }

  aggregate(options: Stateful & Serdes & { init: () => unknown; add: Fold['add'] }): KTable<any, any> {
    return this.#aggregate('aggregate', { initialize: options.init, add: options.add }, options, options.value);
  }

  windowedBy(windows: TimeWindows): WindowedStream<any, any> {
    return new WindowedStreamHandle(this.#context, this.#draft, windows);
  }

  #aggregate(kind: string, fold: Fold, options: Stateful & Serdes, value: AnySerde | undefined): KTable<any, any> {
    const { topology, handles } = this.#context;
    const { name } = options;
    const key = options.key ?? this.#draft.key;
    const parent = this.#draft.partitioned(name, { key, value: this.#draft.value });
    const plan: AggregatePlan = { kind: 'aggregate', fold, store: name, sendsOldValues: false };
    const node = topology.add({
      kind: 'processor',
      name: topology.nodeName(kind, name),
      parents: [parent],
      operator: plan,
      keySerde: key,
      valueSerde: value,
      stores: [name],
      details: [kind],
    });
    topology.addStore({
      kind: 'key-value',
      name,
      keySerde: key,
      valueSerde: value,
      isLogged: options.isLogged ?? true,
      backing: options.backing ?? 'disk',
      place: `${kind} "${name}"`,
    });
    return handles.table({
      node,
      key,
      value,
      getter: () => ({ kind: 'key-value', store: name }),
      sendOldValues: () => {
        plan.sendsOldValues = true;
        return true;
      },
    });
  }
}
// biome-ignore-end lint/suspicious/noExplicitAny: as above
