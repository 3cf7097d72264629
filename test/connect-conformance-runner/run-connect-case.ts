import { isDeepStrictEqual } from 'node:util';
import { ConfigError, DataError } from '../../connect/api/errors.js';
import { namedPredicate, namedTransform } from '../../connect/transforms/named-transform.js';
import type { ConnectCase } from './connect-case.js';
import { recordOf } from './recorded-values.js';

/** Why the answer is not the recorded one; undefined where it is. */
export function differenceOf(recorded: ConnectCase): string | undefined {
  const found = answerOf(recorded);
  if (recorded.error !== undefined) return errorDifference(recorded.error, found);
  if (found.kind === 'error') return `${found.phase} fails: ${found.message}`;
  const { output = {} } = recorded;
  const expected = output.record === undefined ? (output.result ?? output.dropped) : recordOf(output.record);
  return isDeepStrictEqual(found.answer, expected)
    ? undefined
    : `gives ${shown(found.answer)}\n      not ${shown(expected)}`;
}

type Answer =
  | { readonly kind: 'answer'; readonly answer: unknown }
  | { readonly kind: 'error'; readonly phase: 'configure' | 'apply'; readonly message: string };

function answerOf({ op, type, config, input }: ConnectCase): Answer {
  let phase: 'configure' | 'apply' = 'configure';
  try {
    const apply = op === 'predicate' ? namedPredicate(type, config) : namedTransform(type, config);
    phase = 'apply';
    const answer = apply(recordOf(input.record));
    return { kind: 'answer', answer: answer === undefined ? true : answer };
  } catch (error) {
    // Anything else is a bug of ours, not an answer.
    if (!(error instanceof ConfigError) && !(error instanceof DataError)) throw error;
    return { kind: 'error', phase, message: error.message };
  }
}

function errorDifference({ phase, message }: NonNullable<ConnectCase['error']>, found: Answer): string | undefined {
  if (found.kind === 'answer') return `should fail in ${phase} (${message}), and gives ${shown(found.answer)}`;
  return found.phase === phase
    ? undefined
    : `should fail in ${phase} (${message}), and fails in ${found.phase}: ${found.message}`;
}

function shown(answer: unknown): string {
  return JSON.stringify(answer, (_key, value: unknown) => (typeof value === 'bigint' ? `${value}n` : value));
}
