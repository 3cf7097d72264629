import { AssertionFailure } from '../base/errors.js';
import type { Log } from './log.js';
import { parseLogUrl } from './log-url.js';
import type { OpenLogOptions } from './open-options.js';

/**
 * Opens the log at `url`: `memory:` (private, gone with the process) or `file:DIR` (made when missing).
 * Throws UsageError for a URL that is none, and for a directory that another process holds.
 *
 * ```ts
 * await using log = await openLog('memory:');
 * ```
 */
export async function openLog(url: string, options: OpenLogOptions = {}): Promise<Log> {
  parseLogUrl(url);
  throw new AssertionFailure(`openLog is not built yet (${url}, ${options.connection ?? 'direct'})`);
}
