// Which log a command is about: --url or --data, wherever they came from. A command that only looks never makes a data directory.

import { existsSync, type Stats, statSync } from 'node:fs';
import { join } from 'node:path';
import type { Command } from 'commander';
import type { KafkaProperties, Log } from '../core/index.js';
import { InvalidInput, Unreachable } from './exit-code.js';
import { nearestEntry } from './nearest-entry.js';
import { parsePairs } from './pairs.js';
import { type Properties, readPropertiesFile } from './properties-file.js';

const ranks = ['default', 'config', 'env', 'cli'];
const defaultDirectory = 'data';
/** For brokers that do not answer: somebody waits at the prompt. */
const patienceMs = 5_000;

/** Where a command's own file says the log is; --url, --data and --property go before it. */
export interface PlaceOfFile {
  readonly url: string | undefined;
  readonly properties: Properties;
}

/** Opens the same cluster with other properties, which go before those of the command. */
export type ConnectAs = (own: KafkaProperties) => Promise<Log>;

/** The URL of the log that the command is about. */
function placeUrl(root: Command, ofFile: string | undefined): string {
  const url = root.getOptionValue('url') as string | undefined;
  const data = root.getOptionValue('data') as string | undefined;
  if (url !== undefined && data !== undefined) {
    const lead = rank(root, 'url') - rank(root, 'data');
    if (lead === 0) throw new InvalidInput('give --url or --data, not both');
    return lead > 0 ? url : `file:${data}`;
  }
  return url ?? (data === undefined && ofFile !== undefined ? ofFile : `file:${data ?? defaultDirectory}`);
}

function rank(root: Command, option: string): number {
  return ranks.indexOf(root.getOptionValueSource(option) ?? 'default');
}

/** Opens the log, hands it to `work` and closes it however that ends. `mode` 'existing' refuses a directory that is no log yet. */
export async function withLog<T>(
  command: Command,
  mode: 'existing' | 'create',
  work: (log: Log, connectAs: ConnectAs | undefined) => Promise<T>,
  ofFile?: PlaceOfFile,
): Promise<T> {
  const root = rootOf(command);
  const properties = { ...ofFile?.properties, ...(await propertiesOf(root)) };
  const url = placeUrl(root, ofFile?.url);
  const log = await openPlace(url, properties, mode);
  try {
    return await work(log, isCluster(url) ? own => connectAs(url, properties, own) : undefined);
  } finally {
    await log.close();
  }
}

export function rootOf(command: Command): Command {
  return command.parent === null ? command : rootOf(command.parent);
}

export function wantsJson(command: Command): boolean {
  return rootOf(command).getOptionValue('json') === true;
}

/** Kafka's properties: from the file that --command-config names, and over them those of --property. */
async function propertiesOf(root: Command): Promise<Properties> {
  const file = root.getOptionValue('commandConfig') as string | undefined;
  const pairs = parsePairs(root.getOptionValue('property') as string[], '--property');
  return { ...(file === undefined ? {} : await readPropertiesFile(file)), ...Object.fromEntries(pairs) };
}

function isCluster(url: string): boolean {
  return /^kafka(\+\w+)?:/.test(url);
}

async function connectAs(url: string, properties: Properties, own: KafkaProperties): Promise<Log> {
  const { openLog } = await import('../core/index.js');
  const { 'bootstrap.servers': servers, ...others } = own as Record<string, string>;
  const at = servers === undefined ? url : `kafka://${servers.replace(/\s/g, '')}`;
  return await openLog(at, { ...properties, ...others, openTimeoutMs: patienceMs });
}

async function openPlace(url: string, properties: Properties, mode: 'existing' | 'create'): Promise<Log> {
  const { openLog } = await import('../core/index.js');
  if (url.startsWith('file:')) {
    const directory = url.slice('file:'.length);
    await refuseOther(directory, mode);
    return await openLog(url, properties).catch((error: unknown) => rethrowHeld(error, directory));
  }
  return await openLog(url, { ...properties, openTimeoutMs: patienceMs }).catch(rethrowUnreachable);
}

/** The message names the addresses that were tried. */
function rethrowUnreachable(error: unknown): never {
  if (error instanceof Error && error.name === 'WorldFault') throw new Unreachable(error.message, { cause: error });
  throw error;
}

/** A mistyped --data must not turn somebody's folder into a log. */
async function refuseOther(directory: string, mode: 'existing' | 'create'): Promise<void> {
  if (directory === '') return; // openLog says what is wrong with the URL
  const found = statOf(directory);
  if (found?.isDirectory() === false) throw new InvalidInput(`${directory} is no directory`);
  if (mode === 'create' || existsSync(join(directory, 'meta.properties'))) return;
  if (found !== undefined) throw new InvalidInput(`there is no log in ${directory} (topic create would make one)`);
  throw new InvalidInput(`there is no data directory ${directory}${await nearestEntry(directory)}`);
}

function statOf(directory: string): Stats | undefined {
  try {
    return statSync(directory, { throwIfNoEntry: false });
  } catch (cause) {
    throw new InvalidInput(`${directory} cannot be looked at: ${(cause as Error).message}`, { cause });
  }
}

/** A directory that is there is refused for one reason only: somebody holds it; the message names who. */
function rethrowHeld(error: unknown, directory: string): never {
  if (error instanceof Error && error.name === 'UsageError' && existsSync(directory))
    throw new Unreachable(error.message, { cause: error });
  throw error;
}
