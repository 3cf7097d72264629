import { UsageError } from '../base/errors.js';
import { didYouMean } from '../base/nearest-word.js';

/** Where a log is, as its URL says. */
export type LogPlace = { readonly kind: 'memory' } | { readonly kind: 'file'; readonly directory: string };

/** Schemes that are written down in the design and not built yet: named, so that the answer is no riddle. */
const later: ReadonlyMap<string, string> = new Map([
  ['kafka', 'a cluster'],
  ['kafka+ssl', 'a cluster over TLS'],
]);

const valid = 'valid are memory: (gone when the process ends) and file:DIRECTORY (kept on disk)';

/** Reads `memory:` or `file:DIR` (relative to the working directory, or absolute). Throws UsageError for anything else. */
export function parseLogUrl(url: string): LogPlace {
  const match = /^([a-z][a-z0-9+]*):(.*)$/i.exec(url);
  if (match === null) throw new UsageError(`"${url}" is no URL of a log: ${valid}`);
  const scheme = match[1]!.toLowerCase();
  const rest = match[2]!;
  if (scheme === 'memory') return memoryPlace(url, rest);
  if (scheme === 'file') return filePlace(url, rest);
  const meaning = later.get(scheme);
  if (meaning !== undefined) throw new UsageError(`"${url}": ${meaning} is not supported yet; ${valid}`);
  throw new UsageError(`"${url}" has an unknown scheme "${scheme}"${didYouMean(scheme, ['memory', 'file'])}: ${valid}`);
}

function memoryPlace(url: string, rest: string): LogPlace {
  if (rest !== '') throw new UsageError(`"${url}": memory: takes no name, every memory: log is a new one of its own`);
  return { kind: 'memory' };
}

function filePlace(url: string, rest: string): LogPlace {
  const directory = rest.startsWith('///') ? rest.slice(2) : rest;
  if (directory === '') throw new UsageError(`"${url}" names no directory: write file:./data or file:/var/lib/data`);
  if (directory.startsWith('//')) {
    throw new UsageError(`"${url}" names a host: write file:./data, file:/absolute or file:///absolute`);
  }
  return { kind: 'file', directory };
}
