// filter and mapValues of tables: both are a function of one row, null where the row is not in the result. What leaves is a change;
// a row that was not in the result and is not in it now is not worth one, as far as the value before is known.

import type { KeyValueStore } from '../state/store.js';
import type { OperatorPlan } from '../topology/plan.js';
import { type RecordOperator, type StageContext, stage } from './stage.js';
import { StreamRecord } from './stream-record.js';
import { replace } from './table-source.js';

export interface TableMapPlan extends OperatorPlan {
  readonly kind: 'table-map';
  /** The row's value in this table; null where it is not in it. Never called with null. */
  // biome-ignore lint/suspicious/noExplicitAny: typed at the DSL
  readonly map: (value: any, key: any) => unknown;
  /** Filters hand on nothing for a row that neither was nor is in the table; mapValues always does (KTableMapValues). */
  readonly skipsAbsent: boolean;
  readonly store: string | undefined;
  sendsOldValues: boolean;
}

export function tableMap(plan: TableMapPlan, context: StageContext): RecordOperator {
  const store =
    plan.store === undefined ? undefined : (context.environment.store(plan.store) as KeyValueStore<unknown, unknown>);
  const mapped = (value: unknown, key: unknown) =>
    value === null || value === undefined ? null : (plan.map(value, key) ?? null);
  const before = (record: StreamRecord) => {
    if (!plan.sendsOldValues) return null;
    return store === undefined ? mapped(record.oldValue, record.key) : (store.get(record.key)?.value ?? null);
  };
  return stage(context, downstream => {
    const out = new StreamRecord();
    return record => {
      out.copyFrom(record);
      out.value = mapped(record.value, record.key);
      out.oldValue = before(record);
      if (plan.skipsAbsent && plan.sendsOldValues && out.value === null && out.oldValue === null) return;
      if (store !== undefined) replace(store, record.key, out.value, record.timestamp);
      downstream.next(out);
    };
  });
}
