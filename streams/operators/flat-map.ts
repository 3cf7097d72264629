import type { OperatorPlan } from '../topology/plan.js';
import type { Pair } from './map.js';
import { type RecordOperator, type StageContext, stage } from './stage.js';
import { type AnyRecordFunction, StreamRecord } from './stream-record.js';

/** Any number of records for one. Nothing (null, undefined) counts as none, where Kafka Streams throws. */
export interface FlatMapPlan extends OperatorPlan {
  readonly kind: 'flat-map';
  readonly map: AnyRecordFunction<Iterable<Pair> | null | undefined>;
}

export function flatMap(plan: FlatMapPlan, context: StageContext): RecordOperator {
  return stage(context, downstream => {
    const out = new StreamRecord();
    return record => {
      for (const [key, value] of plan.map(record.value, record.key, record) ?? []) {
        out.key = key;
        out.value = value;
        out.timestamp = record.timestamp;
        out.headers = record.headers;
        downstream.next(out);
      }
    };
  });
}
