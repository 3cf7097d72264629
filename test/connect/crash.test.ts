import { spawn } from 'node:child_process';
import { appendFile, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import test from 'ava';
import { committedFile } from '../../connectors/file/committed-file.js';
import { openLog } from '../../core/index.js';

const pipeline = fileURLToPath(new URL('./crashing-pipeline.js', import.meta.url));
const failpoints = [
  'connect/records-sent',
  'connect/offsets-written',
  'file-sink/temporary-written',
  'file-sink/temporary-flushed',
  'file-sink/renamed',
];

interface Ended {
  readonly code: number | null;
  readonly signal: string | null;
  readonly errors: string;
}

function runPipeline(args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<Ended> {
  const child = spawn(process.execPath, [pipeline, ...args], {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let errors = '';
  child.stderr.on('data', chunk => {
    errors += String(chunk);
  });
  return new Promise(resolve => child.on('exit', (code, signal) => resolve({ code, signal, errors })));
}

async function topicRecords(directory: string) {
  await using log = await openLog(`file:${directory}`);
  await using consumer = log.consumer({ autoOffsetReset: 'earliest' });
  const partitions = [0, 1].map(partition => ({ topic: 'lines', partition }));
  consumer.assign(partitions);
  const ends = await consumer.endOffsets(partitions);
  const records: { partition: number; offset: number; key: string | null; value: string | null }[] = [];
  const total = ends.reduce((sum, end) => sum + end.offset, 0);
  while (records.length < total) {
    for (const { partition, offset, key, value } of await consumer.poll({ waitMs: 100 }))
      records.push({ partition, offset, key, value });
  }
  return records.sort((a, b) => a.partition - b.partition || a.offset - b.offset);
}

/** All lines of the output, in the order that the names of the files say. */
async function fileRecords(directory: string) {
  const names = (await readdir(directory)).sort();
  const records: unknown[] = [];
  for (const name of names) {
    const file = committedFile(name);
    if (file === undefined) throw new Error(`${name} was left behind`);
    const text = await readFile(join(directory, name), 'utf8');
    if (!text.endsWith('\n')) throw new Error(`${name} is torn`);
    const found = text
      .trimEnd()
      .split('\n')
      .map(line => JSON.parse(line) as { offset: number });
    if (found[0]!.offset !== file.start || found.at(-1)!.offset !== file.end)
      throw new Error(`${name} holds something else`);
    records.push(...found);
  }
  return records;
}

test('killed at every failpoint and restarted, no line is lost and the files hold the topic exactly once', async t => {
  t.timeout(240_000);
  const root = await mkdtemp(join(tmpdir(), 'millrace-connect-crash-'));
  const [data, input, output, deaths] = ['data', 'input.txt', 'out', 'deaths'].map(name => join(root, name)) as [
    string,
    string,
    string,
    string,
  ];
  let lineCount = 0;
  const kills = failpoints.flatMap(name => [1, 2, 3].map(hit => ({ name, hit })));
  for (const { name, hit } of kills) {
    const lines = Array.from({ length: 200 }, () => `line ${String(lineCount++).padStart(6, '0')} größe 😀\n`);
    await appendFile(input, lines.join(''));
    const ended = await runPipeline([data, input, output], {
      MILLRACE_FAILPOINT: `${name}:${hit}`,
      MILLRACE_FAILPOINT_LOG: deaths,
    });
    t.is(ended.signal, 'SIGKILL', `${name}:${hit} ${ended.errors}`);
  }
  const counted = (await readFile(deaths, 'utf8')).trim().split(/\s+/);
  for (const name of failpoints) t.is(counted.filter(death => death === name).length, 3, name);

  const last = await runPipeline([data, input, output]);
  t.is(last.code, 0, last.errors);

  const records = await topicRecords(data);
  const wanted = (await readFile(input, 'utf8')).trimEnd().split('\n');
  t.deepEqual(
    [...new Set(records.map(record => record.value))].sort((a, b) => (String(a) < String(b) ? -1 : 1)),
    wanted,
  );
  t.true(records.length >= wanted.length);
  t.like(await fileRecords(output), records);
  t.is((await fileRecords(output)).length, records.length);
  await rm(root, { recursive: true });
});
