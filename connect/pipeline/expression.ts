// JSONata over a record's value; `$key`, `$topic`, `$timestamp` and `$headers` are the rest of the record. Compiled once.

import jsonata from 'jsonata';
import type { SourceHeader } from '../api/index.js';
import { type Bindings, directExpression, unsure } from './direct-expression.js';
import type { Evaluator } from './evaluator.js';
import type { FlowRecord } from './flow-record.js';
import { unknownVariable } from './unknown-variable.js';

/** The text is no JSONata. `position`: how many characters into it. */
export class ExpressionError extends Error {
  override readonly name = 'ExpressionError';
  readonly position: number;

  constructor(message: string, position: number) {
    super(message);
    this.position = position;
  }
}

/** What JSONata throws: no Error, though it has a message. */
interface JsonataFault {
  readonly message?: string;
  readonly position?: number;
  /** What was wrong, where it is a value. */
  readonly value?: unknown;
}

/** Throws ExpressionError. */
export function compileExpression(text: string): Evaluator {
  let compiled: jsonata.Expression;
  try {
    compiled = jsonata(text);
  } catch (error) {
    const { message = String(error), position = 1 } = error as JsonataFault;
    // JSONata tells where it had read to.
    throw new ExpressionError(message, Math.max(0, Math.min(text.length - 1, position - 1)));
  }
  const unknown = unknownVariable(compiled.ast(), variables);
  if (unknown !== undefined) throw new ExpressionError(unknown.message, unknown.position);
  const asked = async (record: FlowRecord): Promise<unknown> => {
    try {
      return plain(await compiled.evaluate(record.value, bindingsOf(record)));
    } catch (error) {
      throw error instanceof Error ? error : new Error(faultText(error as JsonataFault));
    }
  };
  const direct = directExpression(compiled.ast(), variables);
  if (direct === undefined) return { isInOrder: false, evaluate: asked };
  const isBound = text.includes('$');
  const evaluate = (record: FlowRecord): unknown => {
    const result = direct(record.value, isBound ? bindingsOf(record) : none);
    return result === unsure ? asked(record) : result;
  };
  return { isInOrder: false, evaluate };
}

/** JSONata names the outermost operator, whichever it was: the value helps to find the place. */
function faultText({ message, value }: JsonataFault): string {
  const isShown = value === null || ['number', 'boolean', 'string'].includes(typeof value);
  const text = message ?? 'the expression fails';
  return isShown && !text.includes(String(value)) ? `${text}, and not ${JSON.stringify(value)}` : text;
}

const variables = ['key', 'topic', 'timestamp', 'headers'];
const none: Bindings = {};

function bindingsOf(record: FlowRecord): Record<string, unknown> {
  const { key, topic, timestamp, headers } = record;
  return { key, topic, timestamp, headers: headers.length === 0 ? {} : headerTexts(headers) };
}

const decoder = new TextDecoder();

function headerTexts(headers: readonly SourceHeader[]): Record<string, unknown> {
  return Object.fromEntries(
    headers.map(({ key, value }) => [key, value instanceof Uint8Array ? decoder.decode(value) : value]),
  );
}

/** A sequence of JSONata is an array with notes on it; what is stored and compared is the array. */
function plain(value: unknown): unknown {
  return Array.isArray(value) && 'sequence' in value ? [...value] : value;
}
