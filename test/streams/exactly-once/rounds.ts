// Rounds of one application: in each some quotes are added and a process with one or more instances counts them, until it has done or a
// failpoint kills it. Then everything that it left must equal a run that nothing disturbed.

import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { int64, type Log, openLog, topic } from '../../../core/index.js';
import type { InstancesOptions } from './instances.js';
import type { Run } from './outcome.js';
import { exchanges, partitionCount, produceExchanges, produceQuotes, quotes } from './quotes.js';

export interface Round {
  /** `name:n` kills at the n-th hit; without one the round runs to the end of its input. */
  readonly failpoint?: string;
  readonly count: number;
  readonly leaving: number;
}

export interface RoundsOptions {
  readonly url: string;
  readonly run: Run;
  readonly lines: readonly string[];
  readonly rounds: readonly Round[];
  /** Where the names of failpoints go that were hit. */
  readonly hits: string;
  readonly plantedBug?: string;
  readonly log?: (text: string) => void;
}

/** Every step of an instance's life at which it may die. */
export const places = [
  'streams/transactions-initialized',
  'streams/tasks-begun',
  'streams/restored',
  'streams/changelog-flushed',
  'streams/producer-flushed',
  'streams/offsets-in-transaction',
  'streams/offsets-sent',
  'streams/offsets-committed',
  'streams/store-written',
  'streams/checkpoint-written',
  'streams/revoking',
  'streams/revoked',
] as const;

export function runOf(applicationId: string, stateDirectory?: string): Run {
  return {
    applicationId,
    words: topic(`${applicationId}-word-results`, { value: int64 }),
    minutes: topic(`${applicationId}-minute-results`, { value: int64 }),
    ...(stateDirectory !== undefined && { stateDirectory }),
  };
}

/** The topics that all runs read, and the table in it. */
export async function prepareInput(log: Log, lines: readonly string[]): Promise<void> {
  await using admin = log.admin();
  // No topic may drop what it has for its age.
  const configs = { 'retention.ms': '-1' };
  await admin.createTopics([quotes, exchanges].map(({ name }) => ({ name, partitions: partitionCount, configs })));
  await produceExchanges(log, lines);
}

export async function createResults(log: Log, { words, minutes }: Run): Promise<void> {
  await using admin = log.admin();
  const configs = { 'retention.ms': '-1' };
  await admin.createTopics([words, minutes].map(({ name }) => ({ name, partitions: partitionCount, configs })));
}

/** Adds the quotes round by round. Throws when a round ends otherwise than it should. */
export async function runRounds(options: RoundsOptions): Promise<void> {
  const { url, lines, rounds, run } = options;
  for (const [index, round] of rounds.entries()) {
    const log = await openLog(url, url.startsWith('file:') ? { flush: 'os' } : {});
    const share = (part: number) => Math.floor((lines.length * part) / rounds.length);
    if (index === 0) await createResults(log, run);
    await produceQuotes(log, lines, share(index), share(index + 1));
    await log.close();
    const startedAt = process.uptime();
    const end = await runProcess(options, round);
    const seconds = (process.uptime() - startedAt).toFixed(1);
    options.log?.(`round ${index + 1}: ${JSON.stringify(round)} ${end.signal ?? end.status} after ${seconds} s`);
    const isAsMeant = round.failpoint === undefined ? end.status === 0 : end.signal === 'SIGKILL';
    if (!isAsMeant) throw new Error(`round ${index + 1} (${JSON.stringify(round)}) ended with ${JSON.stringify(end)}`);
  }
}

export function hitsIn(file: string): readonly string[] {
  return readFileSync(file, 'utf8')
    .split('\n')
    .filter(line => line !== '');
}

export interface End {
  readonly status: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly output: string;
}

/** A process of instances.ts. */
export interface InstancesProcess {
  readonly ended: Promise<End>;
  readonly hasEnded: boolean;
  /** All that it wrote. */
  readonly output: string;
  tell(word: 'finish' | 'close'): void;
  kill(): void;
}

const program = fileURLToPath(new URL('./instances.js', import.meta.url));
const roundTimeoutMs = 120_000;

export function startProcess(options: InstancesOptions, failpoint?: string, hits = ''): InstancesProcess {
  const death = failpoint === undefined ? {} : { MILLRACE_FAILPOINT: failpoint, MILLRACE_FAILPOINT_LOG: hits };
  const child = spawn(process.execPath, [program, JSON.stringify(options)], { env: { ...process.env, ...death } });
  let output = '';
  let hasEnded = false;
  child.stdout.on('data', text => (output += text));
  child.stderr.on('data', text => (output += text));
  const ended = new Promise<End>(resolve => {
    child.once('close', (status, signal) => {
      hasEnded = true;
      resolve({ status, signal, output });
    });
  });
  return {
    ended,
    get hasEnded() {
      return hasEnded;
    },
    get output() {
      return output;
    },
    tell: word => child.stdin.write(`${word}\n`),
    kill: () => child.kill('SIGKILL'),
  };
}

export function instancesOf(url: string, run: Run): InstancesOptions {
  return {
    url,
    applicationId: run.applicationId,
    words: run.words.name,
    minutes: run.minutes.name,
    count: 1,
    leaving: 0,
    isTold: false,
    ...(run.stateDirectory !== undefined && { stateDirectory: run.stateDirectory }),
  };
}

async function runProcess({ url, run, hits, plantedBug }: RoundsOptions, round: Round): Promise<End> {
  const { count, leaving, failpoint } = round;
  const options = { ...instancesOf(url, run), count, leaving, ...(plantedBug !== undefined && { plantedBug }) };
  const running = startProcess(options, failpoint, hits);
  const timeout = setTimeout(() => running.kill(), roundTimeoutMs);
  const end = await running.ended;
  clearTimeout(timeout);
  return end;
}
