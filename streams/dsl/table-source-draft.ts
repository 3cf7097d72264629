// A table that is a topic or a stream read as one. It keeps a store only if its author names one, or when the first join or grouping
// needs its rows; that store is then called after the topic or the operator, never by a number.

import type { TableSourcePlan } from '../operators/table-source.js';
import type { DslContext, StreamDraft, TableDraft } from './drafts.js';

export interface TableSourceOptions {
  readonly store?: string | undefined;
  /** What the store is called when it is needed without having been named. */
  readonly lazyStore: string;
  readonly nodeName: string;
  /** The node's name was given by the author. */
  readonly isOwnName: boolean;
  readonly backing?: 'memory' | 'disk' | undefined;
  readonly isLogged?: boolean | undefined;
}

export function tableSourceDraft(context: DslContext, stream: StreamDraft, options: TableSourceOptions): TableDraft {
  const { topology } = context;
  const plan: TableSourcePlan = { kind: 'table-source', store: undefined, sendsOldValues: false };
  const node = topology.add({
    kind: 'processor',
    name: topology.nodeName('table', options.isOwnName ? options.nodeName : undefined),
    parents: [stream.node],
    operator: plan,
    keySerde: stream.key,
    valueSerde: stream.value,
  });
  const materialize = (name: string): string => {
    if (plan.store !== undefined) return plan.store;
    topology.addStore({
      kind: 'key-value',
      name,
      keySerde: stream.key,
      valueSerde: stream.value,
      isLogged: options.isLogged ?? true,
      backing: options.backing ?? 'disk',
      place: `the table ${options.nodeName}`,
    });
    node.stores.add(name);
    plan.store = name;
    return name;
  };
  if (options.store !== undefined) materialize(options.store);
  return {
    node,
    key: stream.key,
    value: stream.value,
    getter: () => ({ kind: 'key-value', store: materialize(options.lazyStore) }),
    sendOldValues: ({ isForced }) => {
      if (plan.store === undefined && !isForced) return false;
      materialize(options.lazyStore);
      plan.sendsOldValues = true;
      return true;
    },
  };
}
