// kill -9 of the running pipeline through named failpoints, again and again on the same data, each time with new input; then what it must
// still be true of: every input line is in the source's topic, the files hold the sink's topic exactly once, in order, none torn.

import { spawn } from 'node:child_process';
import { appendFileSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import test, { type ExecutionContext } from 'ava';
import { type Log, openLog } from '../../core/index.js';

const program = fileURLToPath(new URL('./pipeline.js', import.meta.url));
const linesPerRound = 600;

/** Where each round dies: at the n-th time that the named place is reached. */
const deaths: readonly (readonly [place: string, hit: number])[] = [
  ['streams/changelog-flushed', 1],
  ['log/roll-started', 1],
  ['streams/offsets-sent', 1],
  ['connect/records-sent', 2],
  ['streams/producer-flushed', 2],
  ['log/roll-old-flushed', 2],
  ['streams/offsets-committed', 1],
  ['file-sink/temporary-written', 1],
  ['streams/changelog-flushed', 3],
  ['log/roll-snapshot-written', 1],
  ['streams/store-written', 2],
  ['file-sink/renamed', 1],
  ['streams/producer-flushed', 1],
  ['log/roll-file-created', 3],
  ['streams/checkpoint-written', 1],
  ['connect/offsets-written', 2],
  ['streams/changelog-flushed', 2],
  ['log/roll-finished', 2],
  ['streams/offsets-sent', 3],
  ['file-sink/temporary-flushed', 1],
];

interface Ended {
  readonly code: number | null;
  readonly signal: string | null;
  readonly output: string;
}

function runPipeline(folder: string, failpoint?: readonly [string, number]): Promise<Ended> {
  const failpointEnvironment =
    failpoint === undefined
      ? {}
      : { MILLRACE_FAILPOINT: failpoint.join(':'), MILLRACE_FAILPOINT_LOG: join(folder, 'hits') };
  const child = spawn(
    process.execPath,
    [program, join(folder, 'input.jsonl'), join(folder, 'data'), join(folder, 'out')],
    {
      env: { ...process.env, ...failpointEnvironment },
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  );
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk: Buffer) => void (output += chunk.toString()));
  const limit = setTimeout(() => child.kill('SIGKILL'), 60_000);
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, signal) => {
      clearTimeout(limit);
      resolve({ code, signal, output });
    });
  });
}

function addInput(folder: string, round: number): void {
  const lines = Array.from({ length: linesPerRound }, (_, index) => {
    const n = round * linesPerRound + index;
    return JSON.stringify({ n, word: `wörd-${n % 37}`, ts: 1_000_000 + n * 3, text: 'ü'.repeat(n % 40) });
  });
  appendFileSync(join(folder, 'input.jsonl'), `${lines.join('\n')}\n`);
}

function hitsOf(folder: string): string[] {
  const path = join(folder, 'hits');
  return existsSync(path)
    ? readFileSync(path, 'utf8')
        .split('\n')
        .filter(line => line !== '')
    : [];
}

test('a pipeline killed twenty times loses nothing, and its files hold its topic exactly once', async t => {
  t.timeout(10 * 60_000);
  const folder = mkdtempSync(join(tmpdir(), 'millrace-crash-'));
  t.teardown(() => rmSync(folder, { recursive: true, force: true }));
  const restarts: Restart[] = [];
  for (const [round, death] of deaths.entries()) {
    addInput(folder, round);
    const ended = await runPipeline(folder, death);
    t.is(ended.signal, 'SIGKILL', `round ${round}, ${death.join(':')}: ${ended.output}`);
    t.is(hitsOf(folder).length, round + 1, `round ${round} died at ${death.join(':')}`);
    const restart = restartIn(ended.output);
    if (restart !== undefined) restarts.push(restart);
  }
  const last = await runPipeline(folder);
  t.is(last.code, 0, last.output);
  countDeaths(t, hitsOf(folder));
  checkRestarts(t, restarts);
  await compareWithInput(t, folder);
});

/** How long a restarted process took until its first record, and how much of the time it had a processor while it loaded its modules. */
interface Restart {
  readonly firstRecordMs: number;
  readonly processorShare: number;
}

function restartIn(output: string): Restart | undefined {
  const found = /loaded after (\d+) ms, (\d+) ms of CPU\n(?:.*\n)*?first record after (\d+) ms/.exec(output);
  if (found === null) return undefined;
  const [loadedMs, loadedCpuMs, firstRecordMs] = found.slice(1).map(Number) as [number, number, number];
  return { firstRecordMs, processorShare: Math.min(1, loadedCpuMs / loadedMs) };
}

/**
 * Within 2 s on a quiet machine, which MILLRACE_QUIET_MACHINE promises. Without that promise the limit is one that only a restart breaks that waits
 * for something to time out: loading waits for nothing but a processor, so it tells how much of one the process got.
 */
function checkRestarts(t: ExecutionContext, restarts: readonly Restart[]): void {
  const all = restarts.map(({ firstRecordMs }) => firstRecordMs).sort((a, b) => a - b);
  const slow = all.filter(ms => ms >= 2000).length;
  t.log(`first record after a restart: ${all.join(', ')} ms, ${slow} of them above 2 s`);
  const own = restarts.map(({ firstRecordMs, processorShare }) => Math.round(firstRecordMs * processorShare));
  own.sort((a, b) => a - b);
  t.log(`the same with a processor for itself: ${own.join(', ')} ms`);
  t.true(own.length >= 5 && own[own.length >> 1]! < 8000, 'half of the restarts waited for something');
  if (process.env['MILLRACE_QUIET_MACHINE'] !== undefined) t.is(slow, 0, 'restarts took longer than 2 s');
}

function countDeaths(t: ExecutionContext, hits: readonly string[]): void {
  const between = hits.filter(name => /streams\/(changelog|producer)-flushed/.test(name)).length;
  const inCommit = hits.filter(name => /streams\/(offsets|store|checkpoint)/.test(name)).length;
  const inRoll = hits.filter(name => name.startsWith('log/roll')).length;
  t.log(
    `died ${hits.length} times: ${between} between changelog flush and commit, ${inCommit} inside commit, ${inRoll} inside a roll`,
  );
  t.true(hits.length >= 20 && between >= 5 && inCommit >= 5 && inRoll >= 5);
}

async function compareWithInput(t: ExecutionContext, folder: string): Promise<void> {
  await using log = await openLog(`file:${join(folder, 'data')}`);
  const written = new Set((await wholeTopic(log, 'lines')).flat());
  const input = readFileSync(join(folder, 'input.jsonl'), 'utf8').trimEnd().split('\n');
  t.is(input.length, deaths.length * linesPerRound);
  t.deepEqual(
    input.filter(line => !written.has(line)),
    [],
  );

  const counts = await wholeTopic(log, 'counts');
  t.deepEqual(
    readdirSync(join(folder, 'out')).filter(name => !name.endsWith('.jsonl')),
    [],
  );
  for (const [partition, values] of counts.entries()) {
    t.true(values.length > 0);
    t.deepEqual(linesOfFiles(t, join(folder, 'out'), partition), values);
  }
  compareCounts(t, input, counts.flat());
}

/** At least once: the last count of each word and window is never below the true one. */
function compareCounts(t: ExecutionContext, input: readonly string[], counts: readonly string[]): void {
  const expected = new Map<string, number>();
  for (const line of input) {
    const { word, ts } = JSON.parse(line) as { word: string; ts: number };
    const name = `${word}@${ts - (ts % 1000)}`;
    expected.set(name, (expected.get(name) ?? 0) + 1);
  }
  const found = new Map<string, number>();
  for (const text of counts) {
    const { key, startMs, count } = JSON.parse(text) as { key: string; startMs: number; count: number };
    found.set(`${key}@${startMs}`, count);
  }
  t.deepEqual(
    [...expected].filter(([name, count]) => (found.get(name) ?? 0) < count),
    [],
  );
}

/** The values of each partition, in the order of their offsets. */
async function wholeTopic(log: Log, name: string): Promise<string[][]> {
  const [description] = await log.admin().describeTopics([name]);
  const consumer = log.consumer({ autoOffsetReset: 'earliest' });
  const partitions = description!.partitions.map(({ partition }) => ({ topic: name, partition }));
  consumer.assign(partitions);
  const ends = await consumer.endOffsets(partitions);
  const values = partitions.map(() => [] as string[]);
  while (ends.some(({ partition, offset }) => values[partition]!.length < offset)) {
    for (const record of await consumer.poll({ waitMs: 1000 })) values[record.partition]!.push(record.value!);
  }
  await consumer.close();
  return values;
}

/** All lines of a partition's files by the offsets in their names, which must follow one another. */
function linesOfFiles(t: ExecutionContext, folder: string, partition: number): string[] {
  const files = readdirSync(folder)
    .map(name => ({ name, parts: /^counts\+(\d+)\+(\d+)\+(\d+)\.jsonl$/.exec(name)! }))
    .filter(({ parts }) => Number(parts[1]) === partition)
    .map(({ name, parts }) => ({ name, start: Number(parts[2]), end: Number(parts[3]) }))
    .toSorted((a, b) => a.start - b.start);
  const lines: string[] = [];
  for (const { name, start, end } of files) {
    t.is(start, lines.length, name);
    const text = readFileSync(join(folder, name), 'utf8');
    t.true(text.endsWith('\n'), `${name} is whole`);
    lines.push(...text.trimEnd().split('\n'));
    t.is(lines.length, end + 1, name);
  }
  return lines.map(line => (line.startsWith('"') ? (JSON.parse(line) as string) : line));
}
