import type { OperatorPlan } from '../topology/plan.js';
import { type RecordOperator, type StageContext, stage } from './stage.js';
import type { AnyRecordFunction } from './stream-record.js';

/** Looks at each record and hands it on as it is. */
export interface PeekPlan extends OperatorPlan {
  readonly kind: 'peek';
  readonly look: AnyRecordFunction<void>;
}

export function peek({ look }: PeekPlan, context: StageContext): RecordOperator {
  return stage(context, downstream => record => {
    look(record.value, record.key, record);
    downstream.next(record);
  });
}
