// Folds the records of a key into one value. Records without key or value are dropped and counted. The result carries the later of
// its own and the record's timestamp. A fold that returns null deletes the entry: the next record begins anew.

import type { KeyValueStore } from '../state/store.js';
import type { OperatorPlan } from '../topology/plan.js';
import { type RecordOperator, type StageContext, stage } from './stage.js';
import { StreamRecord } from './stream-record.js';
import { replace } from './table-source.js';

/** count, reduce and aggregate are all this: what an empty key begins with, and what a record makes of it. */
export interface Fold {
  readonly initialize: () => unknown;
  // biome-ignore lint/suspicious/noExplicitAny: typed at the DSL
  readonly add: (aggregate: any, value: any, key: any) => unknown;
}

export interface AggregatePlan extends OperatorPlan {
  readonly kind: 'aggregate';
  readonly fold: Fold;
  readonly store: string;
  sendsOldValues: boolean;
}

export function aggregate(plan: AggregatePlan, context: StageContext): RecordOperator {
  const { initialize, add } = plan.fold;
  const { environment, node } = context;
  const store = environment.store(plan.store) as KeyValueStore<unknown, unknown>;
  return stage(context, downstream => {
    const out = new StreamRecord();
    return record => {
      if (record.key === null || record.value === null || record.key === undefined || record.value === undefined) {
        environment.count('dropped-records', node.name, 1);
        return;
      }
      const entry = store.get(record.key);
      const before = entry === undefined ? initialize() : entry.value;
      out.timestamp = entry === undefined ? record.timestamp : Math.max(record.timestamp, entry.timestamp);
      out.value = add(before, record.value, record.key) ?? null;
      replace(store, record.key, out.value, out.timestamp);
      out.key = record.key;
      out.oldValue = plan.sendsOldValues ? before : null;
      out.headers = record.headers;
      downstream.next(out);
    };
  });
}
