// Fills a topic, lets the copier be killed -9 at named places, again and again, and counts what a read_committed reader finds in the end.

import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { type Log, openLog, string, topic } from '../../core/index.js';

export interface CopyPlan {
  readonly records: number;
  readonly partitions: number;
  /** Where each round dies: at the n-th time that the named place is reached. */
  readonly deaths: readonly (readonly [place: string, hit: number])[];
  /** A file that gets a line for each death. */
  readonly hits: string;
}

export interface CopyReport {
  /** By round: how it ended and what it said. */
  readonly rounds: readonly { readonly signal: string | null; readonly code: number | null; readonly output: string }[];
  readonly deaths: readonly string[];
  readonly read: number;
  /** What is wrong, in words; the first few. */
  readonly faults: readonly string[];
}

const program = fileURLToPath(new URL('./copier.js', import.meta.url));
const input = topic('copy-in', { key: string, value: string });
const names = ['copy-in', 'copy-out'];

export async function copyAndKill(url: string, plan: CopyPlan): Promise<CopyReport> {
  await fill(url, plan);
  const rounds = [];
  for (const death of plan.deaths) rounds.push(await run(url, plan, death));
  rounds.push(await run(url, plan));
  const deaths = existsSync(plan.hits) ? readFileSync(plan.hits, 'utf8').trim().split('\n') : [];
  return { rounds, deaths, ...(await check(url, plan)) };
}

async function fill(url: string, { records, partitions }: CopyPlan): Promise<void> {
  await using log = await openLog(url);
  await log.admin().createTopics(names.map(name => ({ name, partitions })));
  await using producer = log.producer();
  const writer = await producer.writer(input);
  for (let n = 0; n < records; n++) {
    writer.append(`key ${n % 97}`, `${Math.floor(n / partitions)}`, log.ports.clock.now(), n % partitions);
    if (producer.isFull) await producer.drained();
  }
  await producer.flush();
}

function run(
  url: string,
  { records, hits }: CopyPlan,
  death?: readonly [string, number],
): Promise<CopyReport['rounds'][number]> {
  const failpoint = death === undefined ? {} : { MILLRACE_FAILPOINT: death.join(':'), MILLRACE_FAILPOINT_LOG: hits };
  const child = spawn(process.execPath, [program, url, String(records)], {
    env: { ...process.env, ...failpoint },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', chunk => void (output += String(chunk)));
  const limit = setTimeout(() => child.kill('SIGTERM'), 180_000);
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, signal) => {
      clearTimeout(limit);
      resolve({ code, signal, output });
    });
  });
}

async function check(url: string, { records, partitions }: CopyPlan): Promise<{ read: number; faults: string[] }> {
  await using log = await openLog(url);
  await using consumer = log.consumer({ isolationLevel: 'read_committed', pollRecordsMax: 5_000 });
  const all = Array.from({ length: partitions }, (_, partition) => ({ topic: 'copy-out', partition }));
  consumer.assign(all);
  for (const partition of all) consumer.seek(partition, 0);
  const ends = await endsOf(log, all);
  const isDone = async () => {
    for (const [partition, end] of ends.entries()) if ((await consumer.position(all[partition]!)) < end) return false;
    return true;
  };
  const faults: string[] = [];
  const next = all.map(() => 0);
  let read = 0;
  for (let emptyPolls = 0; emptyPolls < 30 && !(await isDone()); ) {
    const polled = await consumer.poll({ waitMs: 1000 });
    emptyPolls = polled.length === 0 ? emptyPolls + 1 : 0;
    for (const { partition, offset, value } of polled) {
      read++;
      const wanted = `copy of ${next[partition]}`;
      if (value !== wanted && faults.length < 10) {
        faults.push(`partition ${partition}, offset ${offset}: "${value}" where "${wanted}" comes next`);
      }
      next[partition] = Number(/\d+$/.exec(value ?? '')?.[0]) + 1;
    }
  }
  if (!(await isDone())) faults.push('a transaction is still open: the last stable offset holds the reader back');
  if (read !== records) faults.push(`${read} records were read, ${records} were copied`);
  return { read, faults };
}

async function endsOf(log: Log, all: readonly { topic: string; partition: number }[]): Promise<readonly number[]> {
  return (await log.admin().listOffsets(all, 'end')).map(end => end?.offset ?? 0);
}
