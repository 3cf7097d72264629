import { UsageError } from '../base/errors.js';
import { didYouMean } from '../base/nearest-word.js';
import { type ClusterUrl, parseClusterUrl } from './cluster-url.js';

/** Where a log is, as its URL says. */
export type LogPlace =
  | { readonly kind: 'memory' }
  | { readonly kind: 'file'; readonly directory: string }
  | ({ readonly kind: 'cluster' } & ClusterUrl);

const schemes = ['memory', 'file', 'kafka', 'kafka+ssl'];

const valid =
  'valid are memory: (gone when the process ends), file:DIRECTORY (kept on disk) and kafka://HOST:PORT,HOST:PORT (a cluster; kafka+ssl:// over TLS)';

/** Reads `memory:`, `file:DIR` (relative to the working directory, or absolute) or `kafka://HOST:PORT`. Throws UsageError for anything else. */
export function parseLogUrl(url: string): LogPlace {
  const match = /^([a-z][a-z0-9+]*):(.*)$/is.exec(url);
  if (match === null) throw new UsageError(`"${url.replace(/:[^:@]*@/, ':***@')}" is no URL of a log: ${valid}`);
  const scheme = match[1]!.toLowerCase();
  const rest = match[2]!;
  switch (scheme) {
    case 'memory':
      return memoryPlace(url, rest);
    case 'file':
      return filePlace(url, rest);
    case 'kafka':
    case 'kafka+ssl':
      return { kind: 'cluster', ...parseClusterUrl(scheme, rest) };
    default:
      // What follows is not repeated: it may hold a password.
      throw new UsageError(`"${scheme}:" is an unknown scheme of a log${didYouMean(scheme, schemes)}: ${valid}`);
  }
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
