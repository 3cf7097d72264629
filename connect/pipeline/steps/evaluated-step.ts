import { type Evaluator, evaluateAll, Failed } from '../evaluator.js';
import type { FlowRecord } from '../flow-record.js';
import type { Step } from '../step.js';

/**
 * A step that asks one thing of each record, and makes of the answer what goes on: one record, several or none.
 * What `become` throws is wrong with the record, as is what the evaluator throws.
 */
export function evaluatedStep(
  name: string,
  evaluator: Evaluator,
  become: (record: FlowRecord, result: unknown) => FlowRecord | readonly FlowRecord[] | undefined,
): Step {
  const step: Step = {
    name,
    apply(records, flow) {
      const finish = (results: readonly unknown[]): readonly FlowRecord[] => {
        const given: FlowRecord[] = [];
        for (const [index, record] of records.entries()) {
          const result = results[index];
          if (result instanceof Failed) {
            flow.fail(step, record, result.error);
            continue;
          }
          try {
            const made = become(record, result);
            if (Array.isArray(made)) given.push(...(made as readonly FlowRecord[]));
            else if (made !== undefined) given.push(made as FlowRecord);
          } catch (error) {
            flow.fail(step, record, error as Error);
          }
        }
        return given;
      };
      const results = evaluateAll(evaluator, records);
      return results instanceof Promise ? results.then(finish) : finish(results);
    },
  };
  return step;
}
