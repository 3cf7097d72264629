import { isDeepStrictEqual } from 'node:util';
import { ConfigError, DataError } from '../../connect/api/errors.js';
import { TransformError } from '../../connect/transforms/transform-chain.js';
import type { ConnectCase } from './connect-case.js';
import type { Outcome } from './family.js';
import { ruleOf } from './known-rules.js';

export type Phase = 'configure' | 'apply' | 'convert';

export type Answer =
  | { readonly kind: 'answer'; readonly answer: unknown }
  | { readonly kind: 'error'; readonly phase: Phase; readonly message: string };

/** Configures, then does the work; what is thrown meanwhile is an answer too, but for bugs of ours. */
export async function answerOf<T>(
  configure: () => T,
  work: { readonly phase: Phase; run(configured: T): unknown },
): Promise<Answer> {
  let phase: Phase = 'configure';
  try {
    const configured = configure();
    phase = work.phase;
    return { kind: 'answer', answer: await work.run(configured) };
  } catch (error) {
    const cause = error instanceof TransformError ? error.cause : error;
    if (!(cause instanceof ConfigError) && !(cause instanceof DataError)) throw error;
    return { kind: 'error', phase, message: cause.message };
  }
}

/** `expected`: what the recorded answer is in our values. */
export function outcomeOf(recorded: ConnectCase, found: Answer, expected: () => unknown): Outcome {
  const difference = differenceOf(recorded, found, expected);
  if (difference === undefined) return { id: recorded.id };
  return { id: recorded.id, difference, rule: ruleOf(recorded, found, expected) };
}

function differenceOf({ error }: ConnectCase, found: Answer, expected: () => unknown): string | undefined {
  if (error !== undefined) {
    const wanted = `should fail in ${error.phase} (${error.message})`;
    if (found.kind === 'answer') return `${wanted}, and gives ${shown(found.answer)}`;
    return found.phase === error.phase ? undefined : `${wanted}, and fails in ${found.phase}: ${found.message}`;
  }
  if (found.kind === 'error') return `${found.phase} fails: ${found.message}\n      not ${shown(expected())}`;
  return isDeepStrictEqual(found.answer, expected())
    ? undefined
    : `gives ${shown(found.answer)}\n      not ${shown(expected())}`;
}

function shown(answer: unknown): string {
  const plain = (_key: string, value: unknown) =>
    typeof value === 'bigint' ? `${value}n` : Object.is(value, -0) ? '-0' : value instanceof Map ? [...value] : value;
  return answer instanceof Buffer ? JSON.stringify(answer.toString()) : (JSON.stringify(answer, plain) ?? 'undefined');
}
