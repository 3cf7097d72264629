import type { OperatorPlan } from '../topology/plan.js';
import { type RecordOperator, type StageContext, stage } from './stage.js';
import { type AnyRecordFunction, StreamRecord } from './stream-record.js';

/** Changes the key: what follows by key goes through a repartition topic. */
export interface SelectKeyPlan extends OperatorPlan {
  readonly kind: 'select-key';
  readonly select: AnyRecordFunction<unknown>;
}

export function selectKey({ select }: SelectKeyPlan, context: StageContext): RecordOperator {
  return stage(context, downstream => {
    const out = new StreamRecord();
    return record => {
      out.key = select(record.value, record.key, record);
      out.value = record.value;
      out.timestamp = record.timestamp;
      out.headers = record.headers;
      downstream.next(out);
    };
  });
}
