// An error code inside of an answer as the error that a caller sees, and what may be tried again.

import { ProtocolError, WorldFault } from '../base/errors.js';
import { kafkaErrorName, kafkaErrors } from '../base/kafka-errors.js';

/** `what` is what was asked for: `commit for group "g"`. `message` is the broker's own, if it sent one. */
export function refusal(code: number, what: string, message?: string | null): ProtocolError {
  const kind = kafkaErrorName(code);
  const stranger = kind === 'UNKNOWN_SERVER_ERROR' && code !== -1 ? ` (code ${code})` : '';
  return new ProtocolError(kind, `${what}: ${message || kafkaErrors[kind].meaning}${stranger}`);
}

/** Throws for every code other than 0. */
export function requireSuccess(code: number, what: string, message?: string | null): void {
  if (code !== 0) throw refusal(code, what, message);
}

/** The same request may succeed later, perhaps on another connection or at another broker. */
export function isTransient(error: unknown): boolean {
  return (error instanceof ProtocolError || error instanceof WorldFault) && error.isRetriable;
}
