import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import test from 'ava';
import { parse } from 'csv-parse/sync';
import { parquetReadObjects } from 'hyparquet';
import { committedFile } from '../../connectors/file/committed-file.js';
import { PathFormat } from '../../connectors/file/path-format.js';
import { openLog } from '../../core/index.js';
import { modelRecord, modelTimestamp, modelValue, poisonAt } from './file-sink-model.js';
import { writtenFiles } from './file-writing.js';

const program = fileURLToPath(new URL('./killed-file-sink.js', import.meta.url));
const isFull = process.env['MILLRACE_SOAK'] === 'full';
const recordCount = isFull ? 100_000 : 2_000;
const partitionCount = 3;
const failpoints = [
  'file-sink/temporary-written',
  'file-sink/temporary-flushed',
  'file-sink/claim-held',
  'file-sink/renamed',
  'file-sink/folder-flushed',
];
/** Each failpoint dies at these hits: twenty deaths, or five. */
const hits = isFull ? [1, 2, 5, 11] : [2];

interface Layout {
  readonly format: 'jsonl' | 'csv' | 'parquet';
  readonly path: string;
  readonly more: Readonly<Record<string, unknown>>;
}

const layouts: readonly Layout[] = [
  { format: 'jsonl', path: '{topic}/{yyyy}/{MM}/{dd}/of={value.of}', more: { 'rotate.interval.ms': '2h' } },
  ...(isFull
    ? ([
        { format: 'csv', path: '{yyyy}-{MM}-{dd}', more: { 'file.compression.type': 'gzip' } },
        { format: 'parquet', path: 'of={value.of}', more: {} },
        { format: 'jsonl', path: '', more: {} },
      ] as const)
    : []),
];

interface Places {
  readonly root: string;
  readonly data: string;
  readonly output: string;
  readonly deaths: string;
}

async function produce(directory: string, from: number, to: number): Promise<void> {
  await using log = await openLog(`file:${directory}`);
  await log.admin().createTopics([{ name: 'values', partitions: partitionCount }], { ifNotExists: true });
  await using producer = log.producer();
  for (let n = from; n < to; n++) {
    void producer.send('values', {
      key: `k${n % 50}`,
      value: modelValue(n),
      partition: n % partitionCount,
      timestamp: modelTimestamp(n),
    });
  }
  await producer.flush();
}

function begin(args: readonly string[], env: NodeJS.ProcessEnv = {}) {
  const child = spawn(process.execPath, [program, ...args], { env: { ...process.env, ...env }, stdio: 'pipe' });
  let [said, errors] = ['', ''];
  child.stderr.on('data', chunk => (errors += String(chunk)));
  child.stdout.on('data', chunk => (said += String(chunk)));
  const ended = new Promise<{ code: number | null; signal: string | null; said: string; errors: string }>(resolve => {
    child.on('close', (code, signal) => resolve({ code, signal, said, errors }));
  });
  return { child, ended };
}

/** A task that holds all partitions, and all records in files that are not finished. */
async function beginZombie(places: Places, options: string, count: number) {
  const zombie = begin([places.data, places.output, options, '--zombie', String(partitionCount), String(count)]);
  await new Promise<void>((resolve, reject) => {
    zombie.child.stdout.once('data', () => resolve());
    void zombie.ended.then(({ errors }) => reject(new Error(errors)));
  });
  return zombie;
}

function wake(child: ChildProcess): void {
  child.stdin!.end('go on\n');
}

for (const { format, path, more } of layouts) {
  const name = `${format} in ${path || 'one folder'}${'file.compression.type' in more ? ', gzip' : ''}`;
  test.serial(`killed at every failpoint, beside zombies that wake up, files are the model: ${name}`, async t => {
    t.timeout(1_200_000);
    const root = await mkdtemp(join(tmpdir(), 'millrace-file-kills-'));
    const places = { root, data: join(root, 'data'), output: join(root, 'out'), deaths: join(root, 'deaths') };
    const options = JSON.stringify({ format, 'path.format': path, 'flush.size': 40, ...more });
    const args = [places.data, places.output, options];
    const kills = failpoints.flatMap(failpoint => hits.map(hit => `${failpoint}:${hit}`));
    const zombies: Awaited<ReturnType<typeof beginZombie>>[] = [];
    for (const [index, failpoint] of kills.entries()) {
      const produced = Math.floor((recordCount * (index + 1)) / kills.length);
      await produce(places.data, Math.floor((recordCount * index) / kills.length), produced);
      // It stands before the process that dies, and before the one that takes over from that.
      if (index === 1 || index === 3) zombies.push(await beginZombie(places, options, produced));
      const ended = await begin(args, { MILLRACE_FAILPOINT: failpoint, MILLRACE_FAILPOINT_LOG: places.deaths }).ended;
      t.is(ended.signal, 'SIGKILL', `${failpoint} ${ended.errors}`);
      if (index === 1) wake(zombies[0]!.child);
    }
    const last = begin(args);
    wake(zombies[1]!.child);
    const ended = await last.ended;
    t.is(ended.code, 0, ended.errors);
    for (const zombie of zombies) t.regex((await zombie.ended).said, /^holding\nrefused: .*by another task now/);
    const deaths = (await readFile(places.deaths, 'utf8')).trim().split('\n');
    t.is(deaths.length, kills.length);
    for (const failpoint of failpoints)
      t.is(deaths.filter(death => death === failpoint).length, hits.length, failpoint);

    const { wanted, left } = model(path);
    const found = await contents(places.output, format);
    t.is(left, path.includes('value.of') ? 2 : 1);
    t.is([...Object.values(found)].flat().length, recordCount - left, 'every record but the poison ones, once');
    t.deepEqual(found, wanted);
    t.deepEqual(
      await deadOffsets(places.data),
      path.includes('value.of') ? ['unreadable', 'homeless'] : ['unreadable'],
    );
    await rm(root, { recursive: true });
  });
}

/** What is in each folder: `partition/offset` and the text, in order. */
function model(path: string): { wanted: Record<string, string[]>; left: number } {
  const format = new PathFormat(path);
  const wanted: Record<string, string[]> = {};
  let left = 0;
  for (let partition = 0; partition < partitionCount; partition++) {
    for (let n = partition; n < recordCount; n += partitionCount) {
      const record = modelRecord(n, partitionCount);
      if (record === undefined || (n === poisonAt.homeless && path.includes('value.of'))) left++;
      else {
        const value = record.value as { n: number; text: string | null } | null;
        (wanted[`${format.pathOf(record, record.timestamp)} ${partition}`] ??= []).push(shown(value));
      }
    }
  }
  return { wanted, left };
}

function shown(value: { n: unknown; text: unknown } | null): string {
  return value === null ? 'nothing' : `${Number(value.n)} ${value.text === '' ? null : value.text}`;
}

/** As `model`, of what was written. Every file is whole, and nothing else is there. */
async function contents(directory: string, format: Layout['format']): Promise<Record<string, string[]>> {
  const found: Record<string, string[]> = {};
  for (const [path, bytes] of await writtenFiles(directory)) {
    const at = path.lastIndexOf('/');
    const file = committedFile(path.slice(at + 1));
    if (file === undefined) throw new Error(`${path} was left behind`);
    const rows = await rowsOf(bytes, format);
    if (rows.length === 0 || rows.length > file.end - file.start + 1)
      throw new Error(`${path} holds ${rows.length} rows`);
    (found[`${path.slice(0, Math.max(0, at))} ${file.partition}`] ??= []).push(...rows.map(shownRow));
  }
  return found;
}

type Row = Record<string, unknown> | null;

async function rowsOf(bytes: Buffer, format: Layout['format']): Promise<Row[]> {
  if (format === 'csv') return parse<Record<string, unknown>>(bytes, { columns: true });
  if (format === 'parquet') return parquetReadObjects({ file: new Uint8Array(bytes).buffer });
  return String(bytes)
    .trimEnd()
    .split('\n')
    .map(line => JSON.parse(line) as Row);
}

function shownRow(row: Row): string {
  const { n = null, text = null }: { n?: unknown; text?: unknown } = row ?? {};
  return shown(n === null || n === '' ? null : { n, text });
}

/** Dead letters may come again after a death; each poison record is among them, and no other. */
async function deadOffsets(directory: string): Promise<string[]> {
  await using log = await openLog(`file:${directory}`);
  await using consumer = log.consumer({ autoOffsetReset: 'earliest' });
  const partition = { topic: 'dead', partition: 0 };
  consumer.assign([partition]);
  const [end] = await consumer.endOffsets([partition]);
  const found = new Set<number>();
  while ((await consumer.position(partition)) < end!.offset) {
    for (const { headers } of await consumer.poll({ waitMs: 100 })) {
      const texts = new Map(headers.map(({ key, value }) => [key, Number(Buffer.from(value ?? []).toString())]));
      found.add(texts.get('__connect.errors.offset')! * partitionCount + texts.get('__connect.errors.partition')!);
    }
  }
  const names = Object.entries(poisonAt).map(([name, n]) => [n, name] as const);
  return [...found].toSorted((one, other) => one - other).map(n => new Map<number, string>(names).get(n) ?? String(n));
}
