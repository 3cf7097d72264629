import { UsageError } from 'millrace';

/** The data directory is another process's; the message says whose. */
export class HeldElsewhere extends Error {
  override readonly name = 'HeldElsewhere';
}

/** No broker of the cluster answers; the message names who was asked. */
export class Unreachable extends Error {
  override readonly name = 'Unreachable';
}

/** As the `millrace` command: 2 for what cannot be meant, 3 for a log that cannot be reached, 1 for all else. */
export function exitCodeOf(error: unknown): number {
  if (error instanceof HeldElsewhere || error instanceof Unreachable) return 3;
  return error instanceof UsageError ? 2 : 1;
}
