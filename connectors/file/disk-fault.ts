import { RetriableError } from '../../connect/api/index.js';

/** What passes when somebody makes room, mounts, or gives a right. */
const passing: ReadonlySet<string> = new Set([
  'ENOSPC',
  'EDQUOT',
  'EFBIG',
  'EROFS',
  'EACCES',
  'EPERM',
  'EMFILE',
  'ENFILE',
  'EIO',
  'EBUSY',
  'EAGAIN',
  'ESTALE',
]);

/** The error to throw for what a file system says: retriable where it may pass without anything being lost. */
export function diskFault(doing: string, error: unknown): Error {
  const { code, message } = error as NodeJS.ErrnoException;
  if (code === undefined || error instanceof RetriableError) return error as Error;
  const text = `${doing}: ${message}`;
  return passing.has(code) ? new RetriableError(text, { cause: error }) : new Error(text, { cause: error });
}
