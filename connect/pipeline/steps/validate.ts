// Records that do not fit go to the errors. By a JSON Schema, written in the pipeline, or in code by a Standard Schema (zod, valibot, ...): then the value
// is what the schema makes of it.

import { z } from 'zod';
import { didYouMean } from '../../../core/index.js';
import { DataError } from '../../api/index.js';
import type { Evaluator } from '../evaluator.js';
import type { Path } from '../fault.js';
import type { FaultList } from '../fault-list.js';
import { isFileReference } from '../file-reference.js';
import { withValue } from '../flow-record.js';
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
    const schema = isStandardSchema(loaded) ? loaded : ofJsonSchema(loaded, path, faults);
    if (schema === undefined) return undefined;
    const keepsValue = schema !== loaded;
    return evaluatedStep(name, validator(schema), (record, result) => {
      const { issues, value } = result as StandardResult;
      if (issues !== undefined) throw new DataError(issues.map(issueText).join('; '));
      return keepsValue ? record : withValue(record, value);
    });
  },
};

function isStandardSchema(value: unknown): value is StandardSchema {
  return value !== null && (typeof value === 'object' || typeof value === 'function') && '~standard' in value;
}

function validator(schema: StandardSchema): Evaluator {
  return { isInOrder: false, evaluate: ({ value }) => schema['~standard'].validate(value) };
}

function ofJsonSchema(given: unknown, path: Path, faults: FaultList): StandardSchema | undefined {
  if (typeof given !== 'object' || given === null || Array.isArray(given)) {
    faults.add(path, 'must be a JSON Schema: an object such as { type: object, required: [id] }');
    return undefined;
  }
  warnUnknown(given, path, faults);
  try {
    return z.fromJSONSchema(given as Parameters<typeof z.fromJSONSchema>[0]);
  } catch (error) {
    faults.add(path, `is no JSON Schema that can be used: ${(error as Error).message}`);
    return undefined;
  }
}

const keywords = (
  '$schema $id $ref $defs definitions $comment title description default examples deprecated readOnly writeOnly type enum const ' +
  'properties required additionalProperties patternProperties propertyNames minProperties maxProperties dependentRequired ' +
  'items prefixItems additionalItems contains minContains maxContains minItems maxItems uniqueItems ' +
  'minLength maxLength pattern format minimum maximum exclusiveMinimum exclusiveMaximum multipleOf ' +
  'allOf anyOf oneOf not if then else nullable contentEncoding contentMediaType'
).split(' ');

/** JSON Schema takes no notice of words it does not know; who wrote one meant something. */
function warnUnknown(schema: object, path: Path, faults: FaultList): void {
  for (const [key, value] of Object.entries(schema)) {
    const at = [...path, key];
    if (!keywords.includes(key)) {
      faults.add(at, `JSON Schema has no "${key}"${didYouMean(key, keywords)}`, { isKey: true });
    } else if (['properties', 'patternProperties', '$defs', 'definitions'].includes(key)) {
      for (const [name, inner] of Object.entries(value as object)) {
        if (isPlainObject(inner)) warnUnknown(inner, [...at, name], faults);
      }
    } else if (['items', 'additionalProperties', 'not', 'contains'].includes(key) && isPlainObject(value)) {
      warnUnknown(value, at, faults);
    }
  }
}

function isPlainObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function issueText({ message, path }: StandardIssue): string {
  const where = (path ?? []).map(part => String(typeof part === 'object' ? part.key : part)).join('.');
  return where === '' ? message : `${where}: ${message}`;
}
