// Records that do not fit go to the errors. By a JSON Schema, written in the pipeline, or in code by a Standard Schema (zod, valibot, ...): then the value
// is what the schema makes of it.

import { z } from 'zod';
import { DataError } from '../../api/index.js';
import type { Evaluator } from '../evaluator.js';
import { isFileReference } from '../file-reference.js';
import { type FlowRecord, withValue } from '../flow-record.js';
import { compileJsonSchema, type SchemaCheck } from '../json-schema.js';
import type { StepKind } from '../step-kind.js';
import { evaluatedStep } from './evaluated-step.js';

interface StandardSchema {
  readonly '~standard': { validate(value: unknown): StandardResult | Promise<StandardResult> };
}

interface StandardResult {
  readonly value?: unknown;
  readonly issues?: readonly StandardIssue[] | undefined;
}

interface StandardIssue {
  readonly message: string;
  readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined;
}

export const validateStep: StepKind = {
  word: 'validate',
  description:
    'Records whose value does not fit this JSON Schema (or the Standard Schema that ./FILE#NAME names) are bad records.',
  spec: z.union([z.string(), z.record(z.string(), z.unknown())]),
  async make(given, { name, path, faults, load }) {
    const loaded = typeof given === 'string' && isFileReference(given) ? await load(given, path) : given;
    if (loaded === undefined) {
      if (given === undefined) faults.add(path, 'must be a schema');
      return undefined;
    }
    if (!isStandardSchema(loaded)) {
      const check = await compileJsonSchema(loaded, path, faults);
      return check && evaluatedStep(name, checked(check), (record, result) => fitting(record, result as string));
    }
    return evaluatedStep(name, validator(loaded), (record, result) => {
      const { issues, value } = result as StandardResult;
      if (issues !== undefined) throw new DataError(issues.map(issueText).join('; '));
      return withValue(record, value);
    });
  },
};

/** Gives what is wrong, or ''. */
function checked(check: SchemaCheck): Evaluator {
  return {
    isInOrder: false,
    evaluate: ({ value }) =>
      check(value)
        .map(({ at, message }) => issueText({ path: at, message }))
        .join('; '),
  };
}

function fitting(record: FlowRecord, wrong: string): FlowRecord {
  if (wrong === '') return record;
  throw new DataError(wrong);
}

function isStandardSchema(value: unknown): value is StandardSchema {
  return value !== null && (typeof value === 'object' || typeof value === 'function') && '~standard' in value;
}

function validator(schema: StandardSchema): Evaluator {
  return { isInOrder: false, evaluate: ({ value }) => schema['~standard'].validate(value) };
}

function issueText({ message, path }: StandardIssue): string {
  const where = (path ?? []).map(part => String(typeof part === 'object' ? part.key : part)).join('.');
  return where === '' ? message : `${where}: ${message}`;
}
