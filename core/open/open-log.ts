// The composition root: the one place that knows every room of core and puts them together.

import { UsageError } from '../base/errors.js';
import { didYouMean } from '../base/nearest-word.js';
import { Broker } from '../broker/broker.js';
import { MemoryDisk } from '../platform/memory-disk.js';
import { nodePorts } from '../platform/node-ports.js';
import { ClusterLog } from './cluster-log.js';
import type { ClusterUrl } from './cluster-url.js';
import { EmbeddedLog } from './embedded-log.js';
import type { Log } from './log.js';
import { type LogPlace, parseLogUrl } from './log-url.js';
import { networkSettingsOf } from './network-settings-of.js';
import { type OpenLogOptions, requireKnownOptions } from './open-options.js';

const modes = ['direct', 'encoded'] as const;
const flushModes = ['commit', 'interval', 'os'] as const;
/** Where a log in memory lies on its disk of memory. */
const memoryDirectory = '/memory';
const openTimeoutDefaultMs = 10_000;

/**
 * Opens the log at `url`: `memory:` (private, gone with the process), `file:DIR` (made when missing) or `kafka://HOST:PORT,HOST:PORT` (a
 * cluster that runs elsewhere; `kafka+ssl://` over TLS). Throws UsageError for a URL or an option that is none, and for a directory that
 * another process holds; WorldFault when no broker of a cluster answers.
 *
 * ```ts
 * await using log = await openLog('memory:');
 * ```
 */
export async function openLog(url: string, options: OpenLogOptions = {}): Promise<Log> {
  const place = parseLogUrl(url);
  requireKnownOptions(options);
  return place.kind === 'cluster' ? await openCluster(place, options) : await openEmbedded(url, place, options);
}

/** Throws the UsageError that `openLog` would, as far as it is seen without a server or a directory. */
export function requireOpenable(url: string, options: OpenLogOptions = {}): void {
  const place = parseLogUrl(url);
  requireKnownOptions(options);
  if (place.kind === 'cluster') networkSettingsOf(place, options, (options.ports ?? nodePorts()).disk);
}

async function openCluster(at: ClusterUrl, options: OpenLogOptions): Promise<Log> {
  const ports = options.ports ?? nodePorts();
  const settings = networkSettingsOf(at, options, ports.disk);
  const { openTimeoutMs = openTimeoutDefaultMs } = options;
  return await ClusterLog.open(ports, settings, { ...at, openTimeoutMs });
}

async function openEmbedded(
  url: string,
  place: Exclude<LogPlace, { kind: 'cluster' }>,
  options: OpenLogOptions,
): Promise<Log> {
  const mode = requireOneOf('connection', options.connection ?? 'direct', modes);
  const ports = options.ports ?? nodePorts(place.kind === 'memory' ? { disk: new MemoryDisk() } : {});
  const directory = place.kind === 'memory' ? memoryDirectory : place.directory;
  const flush = options.flush === undefined ? {} : { flush: requireOneOf('flush', options.flush, flushModes) };
  const broker = await Broker.open(ports, { directory, config: { ...options.broker, ...flush } });
  return new EmbeddedLog(ports, broker, { url, mode });
}

function requireOneOf<T extends string>(option: string, given: T, known: readonly T[]): T {
  if (known.includes(given)) return given;
  throw new UsageError(`"${given}" is no value of the option "${option}"${didYouMean(given, known)}`);
}
