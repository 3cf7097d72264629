import { z } from 'zod';
import type { StepKind } from '../step-kind.js';
import { evaluatedStep } from './evaluated-step.js';

/** Keeps the records for which the expression is true. */
export const filterStep: StepKind = {
  word: 'filter',
  description: 'Keeps the records for which a JSONata expression, or a function, gives something true.',
  spec: z.string(),
  async make(given, { name, path, evaluator }) {
    const condition = await evaluator(given, path);
    return condition && evaluatedStep(name, condition, (record, result) => (isTrue(result) ? record : undefined));
  },
};

/** As JSONata's $boolean: nothing, null, 0, '', [] and {} are false. */
export function isTrue(value: unknown): boolean {
  if (Array.isArray(value)) return value.some(isTrue);
  if (typeof value === 'object' && value !== null) return Object.keys(value).length > 0;
  return Boolean(value);
}
