import { z } from 'zod';
import { withValue } from '../flow-record.js';
import type { StepKind } from '../step-kind.js';
import { evaluatedStep } from './evaluated-step.js';

/** Makes another value of each; nothing leaves the record out. */
export const mapStep: StepKind = {
  word: 'map',
  description:
    'The new value: a JSONata expression, an object of expressions by field, or a function. Where the whole gives nothing, the record is left out.',
  spec: z.union([z.string(), z.record(z.string(), z.unknown()), z.array(z.unknown())]),
  async make(given, { name, path, evaluator }) {
    const made = await evaluator(given, path);
    return (
      made &&
      evaluatedStep(name, made, (record, result) => (result === undefined ? undefined : withValue(record, result)))
    );
  },
};

/** Several records of one: the expression gives an array of their values. */
export const flatMapStep: StepKind = {
  word: 'flatMap',
  description: 'Several records of one: an expression, or a function, that gives an array of their values.',
  spec: z.string(),
  async make(given, { name, path, evaluator }) {
    const made = await evaluator(given, path);
    return (
      made &&
      evaluatedStep(name, made, (record, result) =>
        (Array.isArray(result) ? result : result === undefined ? [] : [result]).map(value => withValue(record, value)),
      )
    );
  },
};
