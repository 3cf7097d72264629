// A stream read as a table: each record replaces what its key had, a null value deletes it. Records without key are dropped.
// A record older than what it replaces is applied all the same, as in Kafka Streams. Without a store the change is handed on with
// nothing known of the value before.

import type { KeyValueStore } from '../state/store.js';
import type { OperatorPlan } from '../topology/plan.js';
import { type RecordOperator, type StageContext, stage } from './stage.js';
import { StreamRecord } from './stream-record.js';

export interface TableSourcePlan extends OperatorPlan {
  readonly kind: 'table-source';
  /** Set while the topology is being written: by its author, or by the first join or grouping that needs one. */
  store: string | undefined;
  sendsOldValues: boolean;
}

export function tableSource(plan: TableSourcePlan, context: StageContext): RecordOperator {
  const store =
    plan.store === undefined ? undefined : (context.environment.store(plan.store) as KeyValueStore<unknown, unknown>);
  return stage(context, downstream => {
    const out = new StreamRecord();
    return record => {
      if (record.key === null) {
        context.environment.count('dropped-records', context.node.name, 1);
        return;
      }
      out.copyFrom(record);
      out.oldValue = null;
      if (store !== undefined) {
        if (plan.sendsOldValues) out.oldValue = store.get(record.key)?.value ?? null;
        replace(store, record.key, record.value, record.timestamp);
      }
      downstream.next(out);
    };
  });
}

/** A null value deletes. */
export function replace(store: KeyValueStore<unknown, unknown>, key: unknown, value: unknown, timestamp: number): void {
  if (value === null || value === undefined) store.delete(key, timestamp);
  else store.put(key, value, timestamp);
}
