import type { OperatorPlan } from '../topology/plan.js';
import { type RecordOperator, type StageContext, stage } from './stage.js';
import { type AnyRecordFunction, StreamRecord } from './stream-record.js';

/** A table's changes as records: the new value, null for a deletion; under another key where `select` is given. */
export interface ToStreamPlan extends OperatorPlan {
  readonly kind: 'to-stream';
  readonly select: AnyRecordFunction<unknown> | undefined;
}

export function toStream({ select }: ToStreamPlan, context: StageContext): RecordOperator {
  return stage(context, downstream => {
    const out = new StreamRecord();
    return record => {
      out.key = select === undefined ? record.key : select(record.value, record.key, record);
      out.value = record.value;
      out.timestamp = record.timestamp;
      out.headers = record.headers;
      downstream.next(out);
    };
  });
}
