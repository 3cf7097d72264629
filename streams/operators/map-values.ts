import type { OperatorPlan } from '../topology/plan.js';
import { type RecordOperator, type StageContext, stage } from './stage.js';
import { type AnyRecordFunction, StreamRecord } from './stream-record.js';

/** Changes the value and leaves the key, so that nothing has to be repartitioned. */
export interface MapValuesPlan extends OperatorPlan {
  readonly kind: 'map-values';
  readonly map: AnyRecordFunction<unknown>;
}

export function mapValues({ map }: MapValuesPlan, context: StageContext): RecordOperator {
  return stage(context, downstream => {
    const out = new StreamRecord();
    return record => {
      out.value = map(record.value, record.key, record);
      out.key = record.key;
      out.timestamp = record.timestamp;
      out.headers = record.headers;
      downstream.next(out);
    };
  });
}
