// JSON checked by a schema of zod, valibot, arktype: anything that speaks Standard Schema (standardschema.dev).

import { ProtocolError, UsageError } from '../base/errors.js';
import { jsonText, readJson } from './json-serde.js';
import type { Serde } from './serde.js';
import { writeText } from './string-serde.js';

/** The part of Standard Schema version 1 that is needed here. */
export interface StandardSchema<T> {
  readonly '~standard': {
    readonly vendor: string;
    readonly validate: (value: unknown) => StandardResult<T> | Promise<StandardResult<T>>;
  };
}

type StandardResult<T> =
  | { readonly value: T; readonly issues?: undefined }
  | { readonly issues: readonly StandardIssue[] };

interface StandardIssue {
  readonly message: string;
  readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined;
}

/**
 * JSON that is checked when read, and when written unless `checkOnWrite` is false. Switch that off for schemas that
 * transform (a text to a Date): what they put out is not what they take in.
 */
export function standardSchema<T>(schema: StandardSchema<T>, options?: { checkOnWrite?: boolean }): Serde<T> {
  const { vendor } = schema['~standard'];
  const checksOnWrite = options?.checkOnWrite ?? true;
  return {
    name: `json checked by ${vendor}`,
    readsCopies: true,
    write(value, arena) {
      if (checksOnWrite) {
        const { issues } = validate(schema, value);
        if (issues !== undefined) throw new UsageError(`the value does not fit its schema: ${issueText(issues)}`);
      }
      writeText(jsonText(value), arena);
    },
    read(bytes, start, end) {
      const result = validate(schema, readJson(bytes, start, end));
      if (result.issues === undefined) return result.value;
      throw new ProtocolError('INVALID_RECORD', `the value does not fit its schema: ${issueText(result.issues)}`);
    },
  };
}

function validate<T>(schema: StandardSchema<T>, value: unknown): StandardResult<T> {
  const result = schema['~standard'].validate(value);
  if (result instanceof Promise) throw new UsageError('a schema with asynchronous checks cannot be a serde');
  return result;
}

function issueText(issues: readonly StandardIssue[]): string {
  return issues.map(issue => `${issuePath(issue)}${issue.message}`).join('; ');
}

function issuePath(issue: StandardIssue): string {
  if (issue.path === undefined || issue.path.length === 0) return '';
  return `${issue.path.map(step => String(typeof step === 'object' ? step.key : step)).join('.')}: `;
}
