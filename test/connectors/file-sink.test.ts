import { existsSync } from 'node:fs';
import { mkdtemp, rename, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import test from 'ava';
import { parse } from 'csv-parse/sync';
import fc from 'fast-check';
import { parquetMetadataAsync, parquetReadObjects } from 'hyparquet';
import type { Schema } from '../../connect/api/index.js';
import { committedFile } from '../../connectors/file/committed-file.js';
import { PathFormat } from '../../connectors/file/path-format.js';
import { pathSegment } from '../../connectors/file/path-segment.js';
import { FileWriting, sinkRecord, writtenFiles } from './file-writing.js';

/** In memory where there is such a place: hundreds of files are flushed here. */
const place = existsSync('/dev/shm') ? '/dev/shm' : tmpdir();
const made: string[] = [];
test.after.always(() => Promise.all(made.map(directory => rm(directory, { recursive: true, force: true }))));

async function folder(): Promise<string> {
  const directory = await mkdtemp(join(place, 'millrace-file-sink-'));
  made.push(directory);
  return directory;
}

/** `folder: first-last` of each file. */
async function spans(directory: string): Promise<string[]> {
  return [...(await writtenFiles(directory)).keys()].map(path => {
    const at = path.lastIndexOf('/') + 1;
    const file = committedFile(path.slice(at));
    return file === undefined ? path : `${path.slice(0, at)}${file.start}-${file.end}`;
  });
}

function arrayBuffer(bytes: Buffer): ArrayBuffer {
  return bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length) as ArrayBuffer;
}

async function written(config: object, values: readonly unknown[], schema?: Schema) {
  const directory = await folder();
  const writing = new FileWriting({ directory, ...config });
  await writing.start();
  await writing.put(values.map((value, offset) => sinkRecord(offset, value, { valueSchema: schema })));
  await writing.end();
  return { directory, files: await writtenFiles(directory), writing };
}

test('csv files quote what has to be, and a new column begins a file with a new header', async t => {
  const values = [
    { a: 'x,"y"\nz', b: 1 },
    { b: null, a: '' },
    { a: 'ü', c: { d: [1, 2n ** 60n] } },
    null,
    { a: new Date(0), b: Buffer.from('hi'), c: true },
  ];
  const { files } = await written({ format: 'csv' }, values);
  t.deepEqual(
    [...files].map(([name, bytes]) => [committedFile(name)!.start, String(bytes)]),
    [
      [0, 'a,b\n"x,""y""\nz",1\n"",\n'],
      [2, 'a,b,c\nü,,"{""d"":[1,1152921504606846976]}"\n,,\n1970-01-01T00:00:00.000Z,aGk=,true\n'],
    ],
  );
});

test('csv files are what csv-parse reads, whatever the texts are', async t => {
  const cell = fc.array(fc.constantFrom('a', 'é', ' ', ',', '"', '\n', '\r\n', '', '1'), { maxLength: 4 });
  await fc.assert(
    fc.asyncProperty(fc.array(fc.tuple(cell, cell), { minLength: 1, maxLength: 6 }), async rows => {
      const texts = rows.map(([a, b]) => ({ a: a.join(''), b: b.join('') }));
      const { files } = await written({ format: 'csv' }, texts);
      t.deepEqual(parse([...files.values()][0]!, { columns: true, record_delimiter: '\n' }), texts);
    }),
    { numRuns: 50 },
  );
});

test('csv columns can be named: others are left out; a tab may separate them, without a header', async t => {
  const config = { format: 'csv', 'csv.columns': 'b,a', 'csv.delimiter': '\\t', 'csv.header': 'false' };
  const { files, writing } = await written(config, [{ a: 1, b: 2, c: 3 }, 'text', { d: 1 }]);
  t.deepEqual([...files.values()].map(String), ['2\t1\n\t\n']);
  t.deepEqual(
    writing.rejected.map(each => each.offset),
    [1],
  );
});

test('records as rows hold key, time and headers, in every format', async t => {
  const record = sinkRecord(7, { a: 1 }, { key: 'k', timestamp: 5, headers: [{ key: 'h', value: Buffer.from('v') }] });
  for (const format of ['jsonl', 'csv', 'parquet']) {
    const directory = await folder();
    const writing = new FileWriting({ directory, format, content: 'record' });
    await writing.start();
    await writing.put([record, sinkRecord(8, 'text'), sinkRecord(9, null)]);
    await writing.end();
    const [bytes] = (await writtenFiles(directory)).values();
    if (format === 'jsonl') {
      t.is(
        String(bytes).split('\n')[0],
        '{"topic":"t","partition":0,"offset":7,"timestamp":5,"key":"k","value":{"a":1},"headers":[{"key":"h","value":"v"}]}',
      );
    } else if (format === 'csv') {
      t.is(
        String(bytes).split('\n').slice(0, 2).join('\n'),
        'topic,partition,offset,timestamp,key,value,headers\nt,0,7,5,k,"{""a"":1}","[{""key"":""h"",""value"":""v""}]"',
      );
    } else {
      const [row, text, tombstone] = await parquetReadObjects({ file: arrayBuffer(bytes!) });
      t.deepEqual(row, {
        topic: 't',
        partition: 0n,
        offset: 7n,
        timestamp: 5n,
        key: 'k',
        value: { a: 1 },
        headers: [{ key: 'h', value: 'v' }],
      });
      t.is(text!['value'], 'text');
      t.is(tombstone!['value'] ?? null, null);
    }
  }
});

test('parquet files take their columns from the values, and widen them', async t => {
  const values = [
    { int: 1, wide: 1, flag: true, text: 'é', odd: 1, at: new Date(5), raw: Buffer.from([0, 255]), nothing: null },
    { int: -2, wide: 2.5, odd: 'two', nested: { list: [1, { b: 2n ** 60n }] } },
    null,
  ];
  const { files } = await written({ format: 'parquet' }, values);
  const [file] = [...files.values()].map(arrayBuffer);
  const rows = await parquetReadObjects({ file: file!, utf8: false });
  const nothing = {
    int: null,
    wide: null,
    flag: null,
    text: null,
    odd: null,
    at: null,
    raw: null,
    nothing: null,
    nested: null,
  };
  t.deepEqual(rows, [
    { ...nothing, int: 1n, wide: 1, flag: true, text: 'é', odd: 1, at: new Date(5), raw: new Uint8Array([0, 255]) },
    { ...nothing, int: -2n, wide: 2.5, odd: 'two', nested: { list: [1, { b: 2 ** 60 }] } },
    nothing,
  ]);
});

test('parquet files take their columns from the schema of the records, and another schema begins another file', async t => {
  const optional = true;
  const schema = (more: readonly (Schema & { field: string })[] = []): Schema => ({
    type: 'struct',
    fields: [
      { field: 'small', type: 'int16', optional },
      { field: 'big', type: 'int64', optional },
      { field: 'half', type: 'float', optional },
      { field: 'day', type: 'int32', name: 'org.apache.kafka.connect.data.Date', optional },
      { field: 'tags', type: 'array', items: { type: 'string' }, optional },
      ...more,
    ],
  });
  const directory = await folder();
  const writing = new FileWriting({ directory, format: 'parquet', 'parquet.codec': 'gzip' });
  await writing.start();
  const row = { small: 1, big: 2n ** 62n, half: 0.5, day: new Date(86_400_000), tags: ['a'] };
  await writing.put([
    sinkRecord(0, row, { valueSchema: schema() }),
    sinkRecord(1, { small: null }, { valueSchema: schema() }),
    sinkRecord(2, { ...row, more: 'x' }, { valueSchema: schema([{ field: 'more', type: 'string' }]) }),
  ]);
  await writing.end();
  t.deepEqual(await spans(directory), ['0-1', '2-2']);
  const [first, second] = [...(await writtenFiles(directory)).values()].map(arrayBuffer);
  const { schema: leaves } = await parquetMetadataAsync(first!);
  t.deepEqual(
    leaves.slice(1).map(leaf => `${leaf.name}:${leaf.type}:${leaf.converted_type ?? ''}`),
    ['small:INT32:', 'big:INT64:', 'half:FLOAT:', 'day:INT32:DATE', 'tags:BYTE_ARRAY:JSON'],
  );
  const compressors = { GZIP: (bytes: Uint8Array) => new Uint8Array(gunzipSync(bytes)) };
  t.like((await parquetReadObjects({ file: first!, compressors }))[0], row);
  t.like((await parquetReadObjects({ file: second!, compressors }))[0], { ...row, more: 'x' });
});

test('parquet files keep every digit of a whole number, and the least and the largest of each width', async t => {
  const least = { small: -(2 ** 31), big: -(2n ** 63n) };
  const largest = { small: 2 ** 31 - 1, big: 2n ** 63n - 1n };
  const fields = [
    { field: 'small', type: 'int32' },
    { field: 'big', type: 'int64' },
  ] as const;
  const typed = await written({ format: 'parquet' }, [least, largest], { type: 'struct', fields });
  const rowsOf = async (files: typeof typed.files) =>
    await parquetReadObjects({ file: arrayBuffer([...files.values()][0]!) });
  t.deepEqual([await rowsOf(typed.files), typed.writing.rejected], [[least, largest], []]);
  const odd = 2n ** 53n + 1n;
  const plain = await written({ format: 'parquet' }, [
    { id: odd, mixed: odd, nested: { id: odd } },
    { id: 1, mixed: 1.5, nested: { id: 2 } },
  ]);
  t.deepEqual(await rowsOf(plain.files), [
    { id: odd, mixed: String(odd), nested: { id: String(odd) } },
    { id: 1n, mixed: 1.5, nested: { id: 2 } },
  ]);
});

test('a value that its column cannot hold is refused, and the rows beside it are written', async t => {
  const schema: Schema = { type: 'struct', fields: [{ field: 'n', type: 'int64' }] };
  const { files, writing } = await written(
    { format: 'parquet' },
    [{ n: 1 }, { n: 'x' }, { n: 2n ** 64n }, { n: 2 }],
    schema,
  );
  t.deepEqual(await parquetReadObjects({ file: arrayBuffer([...files.values()][0]!) }), [{ n: 1n }, { n: 2n }]);
  t.deepEqual(
    writing.rejected.map(({ offset, message }) => [offset, message.startsWith('the field "n" is')]),
    [
      [1, true],
      [2, true],
    ],
  );
});

test('a parquet file of many row groups holds every row', async t => {
  const values = Array.from({ length: 40_000 }, (_, n) => ({ n, text: `row ${n} ${'x'.repeat(n % 500)}` }));
  const { files } = await written({ format: 'parquet', 'flush.size': 1_000_000 }, values);
  t.is(files.size, 1);
  const file = arrayBuffer([...files.values()][0]!);
  const { row_groups: groups } = await parquetMetadataAsync(file);
  t.true(groups.length > 1, `${groups.length} row groups`);
  const rows = await parquetReadObjects({ file });
  t.is(rows.length, values.length);
  t.true(rows.every((row, n) => row['n'] === BigInt(n) && row['text'] === values[n]!.text));
});

test('gzip files are what gunzip reads, also when they were written in many pieces', async t => {
  const values = Array.from({ length: 30_000 }, (_, n) => `line ${n} ${'é'.repeat(n % 40)}`);
  for (const format of ['jsonl', 'csv']) {
    const config = { format, content: format === 'csv' ? 'record' : 'value', 'file.compression.type': 'gzip' };
    const { files } = await written({ ...config, 'flush.size': 100_000 }, values);
    t.deepEqual([...files.keys()], [`t+0+${'0'.repeat(20)}+${'0'.repeat(15)}29999.${format}.gz`]);
    const text = String([...files.values()][0]);
    if (format === 'jsonl') t.is(text, values.map(value => `${JSON.stringify(value)}\n`).join(''));
    else t.is(parse(text, { columns: true }).length, values.length);
  }
});

test('folders are made of the topic, the time in UTC, the key and fields, and no text gets out of them', async t => {
  const format = new PathFormat('{topic}/year={yyyy}/{MM}-{dd}T{HH}_{mm}/{key}/{value.a.b}');
  const time = Date.parse('2024-02-29T23:59:59.999Z');
  const pathOf = (key: unknown, field: unknown) => format.pathOf(sinkRecord(0, { a: { b: field } }, { key }), time);
  const start = 't/year=2024/02-29T23_59';
  t.is(pathOf('k', 'v'), `${start}/k/v`);
  t.is(pathOf(null, undefined), `${start}/__HIVE_DEFAULT_PARTITION__/__HIVE_DEFAULT_PARTITION__`);
  t.is(pathOf('../..', '/etc/passwd'), `${start}/%2E.%2F../%2Fetc%2Fpasswd`);
  t.is(pathOf('', 'größe\u0000'), `${start}/%/gr%C3%B6%C3%9Fe%00`);
  t.is(pathOf(12n, true), `${start}/12/true`);
  t.throws(() => pathOf('k', { c: 1 }), { name: 'DataError', message: /value.a.b is an object/ });
  t.throws(() => format.pathOf(sinkRecord(0, {}), -1), { name: 'DataError', message: /no time/ });
  // A transform may have changed the topic: only what no record can change is known beforehand.
  t.is(format.rootOf({ topic: 't', partition: 0 }), '');
  t.is(new PathFormat('all/{partition}/{topic}').rootOf({ topic: 't', partition: 0 }), 'all/0');
  t.like(
    t.throws(() => new PathFormat('{topic}/{yyy}')),
    { name: 'ConfigError', given: 'yyy' },
  );
  for (const wrong of ['/abs', 'a/../b', './a', '{topic', 'a}b'])
    t.throws(() => new PathFormat(wrong), { name: 'ConfigError' });
});

test('two texts never share a folder, and every folder is a legal, visible name', t => {
  const text = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.constantFrom('.', '..', '%2E', '~', '', 'x'.repeat(300), `${'x'.repeat(300)}y`),
  );
  fc.assert(
    fc.property(text, text, (one, other) => {
      const name = pathSegment(one);
      t.regex(name, /^[A-Za-z0-9_@=,%-][A-Za-z0-9_.@=,%~-]{0,199}$/);
      const isSame = Buffer.from(one).equals(Buffer.from(other));
      t.is(name === pathSegment(other), isSame);
    }),
    { numRuns: 300 },
  );
});

test('a file is finished when its records are old by the time of records, in every folder of the partition', async t => {
  const directory = await folder();
  const writing = new FileWriting({
    directory,
    'path.format': '{value.of}',
    'rotate.interval.ms': 1000,
    'flush.size': 100,
  });
  await writing.start();
  const at = (offset: number, of: string, timestamp: number) => sinkRecord(offset, { of }, { timestamp });
  await writing.put([at(0, 'a', 0), at(1, 'b', 500), at(2, 'a', 999)]);
  t.deepEqual(
    (await spans(directory)).filter(name => committedFile(name.split('/').at(-1)!) !== undefined),
    [],
  );
  await writing.put([at(3, 'b', 1000)]);
  t.true((await spans(directory)).includes('a/0-2'));
  await writing.put([at(4, 'a', 700), at(5, 'a', 1600)]);
  await writing.commit();
  t.deepEqual([...writing.committed.values()], [{ topic: 't', partition: 0, offset: 4 }]);
  await writing.end();
  t.deepEqual(await spans(directory), ['a/0-2', 'a/4-5', 'b/1-3']);
});

test('a file is finished when it was open for long by the clock, and the oldest when there are too many', async t => {
  const directory = await folder();
  const config = { directory, 'path.format': '{value}', 'rotate.schedule.interval.ms': 1000, 'open.files.max': 2 };
  const writing = new FileWriting(config);
  await writing.start();
  await writing.put([sinkRecord(0, 'a'), sinkRecord(1, 'b')]);
  await writing.commit();
  t.is(writing.committed.get('t+0')!.offset, 0);
  await writing.put([sinkRecord(2, 'c')]);
  t.true((await spans(directory)).includes('a/0-0'), 'the oldest gave way');
  writing.pass(999);
  await writing.commit();
  t.is(writing.committed.get('t+0')!.offset, 1);
  writing.pass(1);
  await writing.commit();
  t.is(writing.committed.get('t+0')!.offset, 3);
  await writing.end();
  t.deepEqual(await spans(directory), ['a/0-0', 'b/1-1', 'c/2-2']);
});

test('files that were taken away after they were committed are not written again', async t => {
  for (const path of ['', '{topic}', '{value}']) {
    const directory = await folder();
    const elsewhere = await folder();
    const writing = new FileWriting({ directory, 'path.format': path, 'flush.size': 1 });
    await writing.start();
    await writing.put([sinkRecord(0, 'a'), sinkRecord(1, 'a'), sinkRecord(2, 'a')]);
    await writing.end();
    const [, second, third] = [...(await writtenFiles(directory)).keys()];
    await rename(join(directory, third!), join(elsewhere, 'third'));
    t.is((await writing.start()).get('t+0'), 3);
    await rename(join(directory, second!), join(elsewhere, 'second'));
    await writing.put([sinkRecord(3, 'a')]);
    await writing.end();
    t.deepEqual(
      (await spans(directory)).map(name => name.split('/').at(-1)),
      ['0-0', '3-3'],
    );
  }
});

/** What a run does: puts so many records, commits, dies, or dies while it finishes a file; a zombie is a task that was left and goes on. */
type Step = { kind: 'put'; count: number } | { kind: 'commit' | 'die' | 'die-finishing' | 'zombie' };

const steps: fc.Arbitrary<Step[]> = fc.array(
  fc.oneof(
    { weight: 5, arbitrary: fc.integer({ min: 1, max: 9 }).map(count => ({ kind: 'put', count }) as const) },
    {
      weight: 3,
      arbitrary: fc.constantFrom('commit', 'die', 'die-finishing', 'zombie').map(kind => ({ kind }) as const),
    },
  ),
  { minLength: 8, maxLength: 30, size: 'max' },
);

class Run {
  deaths = 0;
  zombies = 0;
  /** As many records are there. */
  furthest = 0;
  readonly #writing: FileWriting;
  readonly #left: FileWriting['task'][] = [];
  #next = 0;
  #isDying = false;

  constructor(config: object) {
    this.#writing = new FileWriting(config);
  }

  async run(steps: readonly Step[]): Promise<this> {
    await this.#begin();
    for (const step of steps) await this.#step(step);
    this.#isDying = false;
    await this.#put(this.furthest - this.#next);
    await this.#writing.end();
    for (const task of this.#left) await task.stop!();
    return this;
  }

  async #step(step: Step): Promise<void> {
    if (step.kind === 'zombie') await this.#wakeZombie();
    else if (step.kind === 'die-finishing') this.#isDying = true;
    else if (step.kind === 'die') await this.#die();
    else {
      try {
        await (step.kind === 'put' ? this.#put(step.count) : this.#writing.commit());
      } catch (error) {
        if ((error as Error).message !== 'dead') throw error;
        await this.#die();
      }
    }
  }

  async #begin(): Promise<void> {
    this.#isDying = false;
    const positions = await this.#writing.start(name => {
      if (this.#isDying && name === 'file-sink/renamed') throw new Error('dead');
    });
    this.#next = positions.get('t+0') ?? 0;
  }

  async #die(): Promise<void> {
    this.deaths++;
    this.#left.push(this.#writing.task);
    await this.#begin();
  }

  async #put(count: number): Promise<void> {
    this.furthest = Math.max(this.furthest, this.#next + count);
    await this.#writing.put(Array.from({ length: Math.max(0, count) }, (_, index) => model(this.#next + index)));
    this.#next += count;
  }

  /** It has a file for each folder begun, and more records than anybody; none of it may be seen. */
  async #wakeZombie(): Promise<void> {
    const task = this.#left.at(-1);
    if (task === undefined) return;
    this.zombies++;
    const records = Array.from({ length: 20 }, (_, index) => model(this.furthest + 100 + index));
    await Promise.resolve(task.put([{ topic: 't', partition: 0, records }])).catch(() => undefined);
    await Promise.resolve(task.preCommit!('closing')).catch(() => undefined);
  }
}

test('whatever dies when, and however often, each record is in one file of its folder, in order', async t => {
  const formats = fc.constantFrom('jsonl', 'csv');
  const paths = fc.constantFrom('', '{topic}', '{value.of}', '{value.of}/{yyyy}-{MM}-{dd}');
  const sizes = fc.integer({ min: 1, max: 5 });
  let [deaths, zombies] = [0, 0];
  await fc.assert(
    fc.asyncProperty(steps, formats, paths, sizes, async (steps, format, path, size) => {
      const directory = await folder();
      const more = { 'flush.size': size, 'open.files.max': 3, 'rotate.interval.ms': 2 * 86_400_000 };
      const run = await new Run({ directory, format, 'path.format': path, ...more }).run(steps);
      deaths += run.deaths;
      zombies += run.zombies;
      t.deepEqual(await found(directory), wanted(path, run.furthest));
    }),
    { numRuns: process.env['MILLRACE_SOAK'] === 'full' ? 500 : 20 },
  );
  t.true(deaths > 15 && zombies > 5, `${deaths} deaths, ${zombies} zombies`);
});

function wanted(path: string, count: number): Record<string, number[]> {
  const format = new PathFormat(path);
  const offsets: Record<string, number[]> = {};
  for (let offset = 0; offset < count; offset++) {
    const record = model(offset);
    (offsets[format.pathOf(record, record.timestamp)] ??= []).push(offset);
  }
  return offsets;
}

function model(offset: number) {
  const random = (offset * 7919) % 13;
  return sinkRecord(
    offset,
    { offset, of: random < 8 ? 'a' : random < 11 ? 'b' : null },
    { timestamp: offset * 20_000_000 - random * 9_000_000 + 1e9 },
  );
}

/** The offsets in the files, by folder; every file holds what its name says. */
async function found(directory: string): Promise<Record<string, number[]>> {
  const offsets: Record<string, number[]> = {};
  for (const [path, bytes] of await writtenFiles(directory)) {
    const at = path.lastIndexOf('/');
    const file = committedFile(path.slice(at + 1));
    if (file === undefined) throw new Error(`${path} was left behind`);
    const rows = path.endsWith('.csv')
      ? parse<{ offset: string }>(bytes, { columns: true })
      : String(bytes)
          .trimEnd()
          .split('\n')
          .map(line => JSON.parse(line) as { offset: number });
    const held = rows.map(row => Number(row.offset));
    if (held[0] !== file.start || held.at(-1) !== file.end) throw new Error(`${path} holds something else`);
    const folderOf = at < 0 ? '' : path.slice(0, at);
    (offsets[folderOf] ??= []).push(...held);
  }
  return offsets;
}
