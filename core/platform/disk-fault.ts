import { WorldFault } from '../base/errors.js';

/** What a failed file call is thrown as: path, call and the system's own words. */
export function diskFault(path: string, call: string, cause: unknown): WorldFault {
  const reason = cause instanceof Error ? cause.message : String(cause);
  const code = (cause as NodeJS.ErrnoException).code;
  const advice = code === 'ENOSPC' || code === 'EDQUOT' ? '; free some space on that disk' : '';
  return new WorldFault(`${path}: ${call} failed: ${reason}${advice}`, { cause, isRetriable: false });
}

/** Runs a file call and throws its failure as WorldFault. */
export function faulty<T>(path: string, call: string, action: () => T): T {
  try {
    return action();
  } catch (cause) {
    throw diskFault(path, call, cause);
  }
}
