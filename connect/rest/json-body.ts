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
  const place = issue.path.map(String).join('.');
  if (issue.code === 'unrecognized_keys') {
    const known = Object.keys((schemas[schema] as { shape?: object }).shape ?? {});
    return issue.keys.map(key => `there is no field "${key}"${didYouMean(key, known)}`).join('; ');
  }
  return place === '' ? issue.message : `${place}: ${issue.message}`;
}
