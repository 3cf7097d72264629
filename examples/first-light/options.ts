import { accessSync, constants, existsSync, readdirSync, statSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { didYouMean, durationMs, nearestWord, UsageError } from 'millrace';

/** What the command line asks for, with every path absolute. */
export interface Options {
  /** An access log; without one the flights of the example run. */
  readonly file: string | undefined;
  readonly dataDirectory: string;
  /** A cluster to run on, instead of a log in the data directory. */
  readonly url: string | undefined;
  readonly outDirectory: string;
  readonly partitionCount: number;
  /** Instances of the application that share the work: in this process, or on a cluster each in its own. */
  readonly instanceCount: number;
  readonly windowMs: number;
  readonly graceMs: number;
}

export const usage =
  'npm start [-- FILE] [--url kafka://HOST:PORT] [--data DIR] [--out DIR] [--partitions N] [--instances N] [--window 60s] [--grace 60s]';

const optionTypes = {
  data: { type: 'string' },
  url: { type: 'string' },
  out: { type: 'string' },
  partitions: { type: 'string' },
  instances: { type: 'string' },
  window: { type: 'string' },
  grace: { type: 'string' },
} as const;

// This file runs as dist/examples/first-light/options.js.
const projectRoot = fileURLToPath(new URL('../../..', import.meta.url));

/** Reads the command line. Throws UsageError, in one line, for what cannot be meant. */
export function readOptions(args: string[]): Options {
  refuseWrongOptions(args);
  const { values, positionals } = parseArgs({ args, options: optionTypes, allowPositionals: true, strict: false });
  if (positionals.length > 1) throw new UsageError(`one FILE at most, not ${positionals.length}: ${usage}`);
  const text = (name: keyof typeof optionTypes, otherwise: string): string => {
    const value = values[name] ?? otherwise;
    if (typeof value !== 'string' || value === '') throw new UsageError(`--${name} needs a value: ${usage}`);
    return value;
  };
  const file = positionals[0] === undefined ? undefined : existingFile(positionals[0]);
  return {
    file,
    dataDirectory: fromCaller(text('data', join(projectRoot, 'data/first-light'))),
    url: values['url'] === undefined ? undefined : clusterUrl(text('url', '')),
    outDirectory: fromCaller(text('out', join(projectRoot, 'out/first-light'))),
    partitionCount: positive('partitions', text('partitions', '4')),
    instanceCount: positive('instances', text('instances', '1')),
    windowMs: positiveDuration('window', text('window', file === undefined ? '1d' : '60s')),
    graceMs: durationMs(text('grace', '60s')),
  };
}

function refuseWrongOptions(args: string[]): void {
  const { tokens } = parseArgs({ args, options: optionTypes, allowPositionals: true, strict: false, tokens: true });
  for (const token of tokens) {
    if (token.kind === 'option' && !Object.hasOwn(optionTypes, token.name)) {
      const known = Object.keys(optionTypes).map(name => `--${name}`);
      throw new UsageError(`unknown option ${token.rawName}${didYouMean(token.rawName, known)}`);
    }
    if (token.kind === 'option' && !token.inlineValue && (token.value ?? '--').startsWith('--')) {
      throw new UsageError(`${token.rawName} needs a value: ${usage}`);
    }
  }
}

function clusterUrl(url: string): string {
  if (url.startsWith('kafka')) return url;
  throw new UsageError(
    '--url takes a cluster, such as kafka://127.0.0.1:9092; for a log in this process give its directory by --data',
  );
}

function positive(name: string, text: string): number {
  if (/^[1-9]\d{0,3}$/.test(text)) return Number(text);
  throw new UsageError(`--${name} ${text}: write a whole number from 1 to 9999`);
}

function positiveDuration(name: string, text: string): number {
  const ms = durationMs(text);
  if (ms > 0) return ms;
  throw new UsageError(`--${name} ${text}: a window is at least 1ms long`);
}

function existingFile(path: string): string {
  const file = fromCaller(path);
  if (existsSync(file)) return readable(file);
  const nearest = nearestWord(basename(file), entries(dirname(file)));
  throw new UsageError(`there is no file ${path}${nearest === undefined ? '' : ` (did you mean "${nearest}"?)`}`);
}

/** None where the folder is missing or may not be read: there is nothing to suggest then. */
function entries(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

function readable(file: string): string {
  if (!statSync(file).isFile()) throw new UsageError(`${file} is no file`);
  try {
    accessSync(file, constants.R_OK);
  } catch {
    throw new UsageError(`${file} may not be read by this user`);
  }
  return file;
}

/** npm runs scripts in the folder of package.json; what a person typed is meant from where they stood. */
function fromCaller(path: string): string {
  const isNpmStart = process.env['npm_lifecycle_event'] === 'start';
  return resolve((isNpmStart ? process.env['INIT_CWD'] : undefined) ?? '.', path);
}
