import type { z } from 'zod';
import { didYouMean } from '../../core/index.js';
import type { RequestBody } from './endpoint.js';
import { HttpFault } from './http-fault.js';
import { schemas } from './schemas.js';

/** What a request's body holds, checked by its schema. Throws HttpFault 400 that says where it is wrong, also where Kafka Connect answers 500. */
export function jsonBody(text: string, { schema, numbersAsText }: RequestBody): unknown {
  const given = parsed(text, numbersAsText);
  const result = schemas[schema].safeParse(given);
  if (result.success) return result.data;
  const faults = result.error.issues.map(issue => faultOf(issue, schema));
  throw new HttpFault(400, `The body of the request cannot be meant: ${faults.join('; ')}`);
}

function parsed(text: string, numbersAsText: boolean): unknown {
  if (text.trim() === '') throw new HttpFault(400, 'The request has no body: send a JSON object');
  try {
    const value: unknown = JSON.parse(text);
    return numbersAsText ? JSON.parse(quotedNumbers(text)) : value;
  } catch (error) {
    // Not the parser's own message: it quotes the body, which may hold secrets.
    const [, position] = /at position (\d+)/.exec((error as Error).message) ?? [];
    const place = position === undefined ? '' : ` (at character ${position})`;
    throw new HttpFault(400, `The body of the request is no JSON${place}`);
  }
}

/** Of text that is JSON: each number as the string of its digits. */
function quotedNumbers(text: string): string {
  return text.replace(/"(?:[^"\\]|\\.)*"|-?\d[\d.eE+-]*/g, token => (token.startsWith('"') ? token : `"${token}"`));
}

function faultOf(issue: z.core.$ZodIssue, schema: RequestBody['schema']): string {
  const place = placeOf(issue.path);
  const said = (message: string) => (place === '' ? message : `${place}: ${message}`);
  if (issue.code === 'unrecognized_keys') {
    const known = place === '' ? Object.keys((schemas[schema] as { shape?: object }).shape ?? {}) : [];
    return said(issue.keys.map(key => `there is no field "${key}"${didYouMean(key, known)}`).join('; '));
  }
  const [, expected, received] = /^Invalid input: expected (\w+), received (\w+)$/.exec(issue.message) ?? [];
  if (expected === undefined || received === undefined) return said(issue.message);
  return said(`must be ${kinds[expected] ?? expected}, not ${kinds[received] ?? received}`);
}

const kinds: Readonly<Record<string, string>> = {
  object: 'an object',
  record: 'an object',
  array: 'a list',
  string: 'a text',
  number: 'a number',
  boolean: 'true or false',
};

/** Such as `offsets[0].partition`. */
function placeOf(path: readonly PropertyKey[]): string {
  return path
    .map((step, at) => (typeof step === 'number' ? `[${step}]` : `${at === 0 ? '' : '.'}${String(step)}`))
    .join('');
}
