// Looks the record's key up in a table while the record is processed; the table's changes by themselves join nothing. Records
// without value are dropped; those without key too, but for the left join, which joins them with null.

import type { OperatorPlan } from '../topology/plan.js';
import { type RecordOperator, type StageContext, stage } from './stage.js';
import { StreamRecord } from './stream-record.js';
import { type TableGetterPlan, tableGetter } from './table-getter.js';

export interface StreamTableJoinPlan extends OperatorPlan {
  readonly kind: 'stream-table-join';
  readonly type: 'inner' | 'left';
  readonly table: TableGetterPlan;
  // biome-ignore lint/suspicious/noExplicitAny: typed at the DSL
  readonly join: (value: any, tableValue: any, key: any) => unknown;
}

export function streamTableJoin(plan: StreamTableJoinPlan, context: StageContext): RecordOperator {
  const get = tableGetter(plan.table, context.environment);
  const isLeft = plan.type === 'left';
  return stage(context, downstream => {
    const out = new StreamRecord();
    return record => {
      const { key, value } = record;
      if (value === null || value === undefined || ((key === null || key === undefined) && !isLeft)) {
        context.environment.count('dropped-records', context.node.name, 1);
        return;
      }
      const row = key === null || key === undefined ? undefined : get(key);
      if (row === undefined && !isLeft) return;
      out.value = plan.join(value, row === undefined ? null : row.value, key);
      out.key = key;
      out.timestamp = record.timestamp;
      out.headers = record.headers;
      downstream.next(out);
    };
  });
}
