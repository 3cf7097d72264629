// How a failure leaves the process: one line on stderr and a number that scripts can rely on. Errors are told apart by name, so that
// saying what was wrong on the command line loads nothing of the log.

export const exitCodes = { ok: 0, failed: 1, invalid: 2, unreachable: 3 } as const;

/** The place named by --url or --data cannot be used now: another process holds it, or nobody answers. */
export class Unreachable extends Error {
  override readonly name = 'Unreachable';
}

/** What was asked for cannot be meant. Thrown where the log is not loaded yet; behind it, the log's own UsageError says the same. */
export class InvalidInput extends Error {
  override readonly name = 'InvalidInput';
}

/** A run that began and did not come to its end; the message says why. */
export class RunFailed extends Error {
  override readonly name = 'RunFailed';
}

const invalidKinds = new Set([
  'UNKNOWN_TOPIC_OR_PARTITION',
  'INVALID_TOPIC_EXCEPTION',
  'INVALID_PARTITIONS',
  'INVALID_REPLICATION_FACTOR',
  'INVALID_CONFIG',
  'INVALID_REQUEST',
  'INVALID_GROUP_ID',
  'GROUP_ID_NOT_FOUND',
]);

/** The exit code for what was thrown. */
export function exitCodeOf(error: unknown): number {
  if (!(error instanceof Error)) return exitCodes.failed;
  switch (error.name) {
    case 'InvalidInput':
    case 'UsageError':
      return exitCodes.invalid;
    case 'Unreachable':
      return exitCodes.unreachable;
    case 'ProtocolError':
      return invalidKinds.has((error as Error & { kind: string }).kind) ? exitCodes.invalid : exitCodes.failed;
    default:
      return exitCodes.failed;
  }
}

const speakingErrors = new Set([
  'InvalidInput',
  'UsageError',
  'Unreachable',
  'ProtocolError',
  'WorldFault',
  'RunFailed',
]);

/** What to print: one line for the errors that were written for people (one a fault where they list them), the stack for all others. */
export function failureText(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if ('faults' in error) return error.message;
  const text = speakingErrors.has(error.name)
    ? error.message.replace(/([:,;])\s*\n\s*/g, '$1 ').replace(/\s*\n\s*/g, '; ')
    : (error.stack ?? error.message);
  return `millrace: ${text}`;
}
