import type { OperatorPlan } from '../topology/plan.js';
import { type RecordOperator, type StageContext, stage } from './stage.js';
import { type AnyRecordFunction, StreamRecord } from './stream-record.js';

/** Any number of values for one, under the same key. Nothing (null, undefined) counts as none. */
export interface FlatMapValuesPlan extends OperatorPlan {
  readonly kind: 'flat-map-values';
  readonly map: AnyRecordFunction<Iterable<unknown> | null | undefined>;
}

export function flatMapValues(plan: FlatMapValuesPlan, context: StageContext): RecordOperator {
  return stage(context, downstream => {
    const out = new StreamRecord();
    return record => {
      for (const value of plan.map(record.value, record.key, record) ?? []) {
        out.key = record.key;
        out.value = value;
        out.timestamp = record.timestamp;
        out.headers = record.headers;
        downstream.next(out);
      }
    };
  });
}
