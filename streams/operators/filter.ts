import type { OperatorPlan } from '../topology/plan.js';
import { type RecordOperator, type StageContext, stage } from './stage.js';
import type { AnyRecordFunction } from './stream-record.js';

/** Keeps the records for which the predicate says `keeps`. Null keys and values are shown to it like any other. */
export interface FilterPlan extends OperatorPlan {
  readonly kind: 'filter';
  readonly predicate: AnyRecordFunction<boolean>;
  readonly keeps: boolean;
}

export function filter({ predicate, keeps }: FilterPlan, context: StageContext): RecordOperator {
  return stage(context, downstream => record => {
    if (Boolean(predicate(record.value, record.key, record)) === keeps) downstream.next(record);
  });
}
