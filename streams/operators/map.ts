import type { OperatorPlan } from '../topology/plan.js';
import { type RecordOperator, type StageContext, stage } from './stage.js';
import { type AnyRecordFunction, StreamRecord } from './stream-record.js';

export type Pair<K = unknown, V = unknown> = readonly [key: K, value: V];

/** Changes key and value: what follows by key goes through a repartition topic. */
export interface MapPlan extends OperatorPlan {
  readonly kind: 'map';
  readonly map: AnyRecordFunction<Pair>;
}

export function map(plan: MapPlan, context: StageContext): RecordOperator {
  return stage(context, downstream => {
    const out = new StreamRecord();
    return record => {
      const [key, value] = plan.map(record.value, record.key, record);
      out.key = key;
      out.value = value;
      out.timestamp = record.timestamp;
      out.headers = record.headers;
      downstream.next(out);
    };
  });
}
