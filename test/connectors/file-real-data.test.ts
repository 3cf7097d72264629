// Real files through source, topic and sink, and back: what the sink has written says what the raw file says.

import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import test, { type ExecutionContext } from 'ava';
import { parse } from 'csv-parse/sync';
import { parquetReadObjects } from 'hyparquet';
import iconv from 'iconv-lite';
import { startConnector } from '../../connect/index.js';
import { fileSink, fileSource } from '../../connectors/file/index.js';
import { openLog } from '../../core/index.js';
import { writtenFiles } from './file-writing.js';

const data = process.env['MILLRACE_TEST_DATA'];

/** The folder of real files, when there is one. */
function realFile(t: ExecutionContext, name: string): string | undefined {
  const path = data === undefined ? undefined : join(data, name);
  if (path !== undefined && existsSync(path)) return path;
  t.log(`left out: ${name} (MILLRACE_TEST_DATA)`);
  t.pass();
  return undefined;
}

/** What the sink has written, by path, after all of the file went through a topic. */
async function throughTopic(t: ExecutionContext, read: object, write: object): Promise<ReadonlyMap<string, Buffer>> {
  t.timeout(240_000);
  await using log = await openLog('memory:');
  const directory = await mkdtemp(join(tmpdir(), 'millrace-file-real-'));
  const converters = 'format' in read && read.format === 'lines' ? { 'value.converter': 'string' } : {};
  await log.admin().createTopics([{ name: 'rows', partitions: 1 }]);
  const source = await startConnector(log, {
    name: 'in',
    connector: fileSource,
    config: { mode: 'once', topic: 'rows', ...read },
  });
  const { fraction, deadLetters } = await source.done;
  t.is(fraction, 1);
  t.is(deadLetters, 0);
  const sink = await startConnector(log, {
    name: 'out',
    connector: fileSink,
    config: { topics: 'rows', directory, ...converters, ...write },
  });
  await sink.finish();
  const files = await writtenFiles(directory);
  await rm(directory, { recursive: true });
  return files;
}

async function packed(path: string): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'millrace-file-real-'));
  const target = join(directory, `${path.slice(path.lastIndexOf('/') + 1)}.gz`);
  await writeFile(target, gzipSync(await readFile(path)));
  return target;
}

test('lines of a web log come back byte for byte, through gzip on both sides', async t => {
  const file = realFile(t, 'apache_logs.log');
  if (file === undefined) return;
  const files = await throughTopic(
    t,
    { file: await packed(file), format: 'lines' },
    { 'file.compression.type': 'gzip', 'flush.size': 3000 },
  );
  t.true(files.size > 1);
  const lines = [...files.values()].flatMap(bytes => String(bytes).trimEnd().split('\n'));
  t.is(`${lines.map(line => JSON.parse(line) as string).join('\n')}\n`, await readFile(file, 'utf8'));
});

test('lines of a web log come back from UTF-16 with a byte order mark', async t => {
  const file = realFile(t, 'apache_logs.log');
  if (file === undefined) return;
  const text = await readFile(file, 'utf8');
  const wide = join(await mkdtemp(join(tmpdir(), 'millrace-file-real-')), 'log.txt');
  await writeFile(wide, iconv.encode(text, 'utf-16be', { addBOM: true }));
  const files = await throughTopic(t, { file: wide, format: 'lines' }, { 'flush.size': 1_000_000 });
  const lines = [...files.values()].flatMap(bytes => String(bytes).trimEnd().split('\n'));
  t.is(`${lines.map(line => JSON.parse(line) as string).join('\n')}\n`, text);
});

test('trades of a stock come back byte for byte as csv without a header', async t => {
  const file = realFile(t, 'ibm_trades.csv');
  if (file === undefined) return;
  const columns = 'ms,price,size,exchange,condition,suspicious';
  const files = await throughTopic(
    t,
    { file, 'csv.columns': columns },
    { format: 'csv', 'csv.header': false, 'csv.columns': columns, 'flush.size': 10_000 },
  );
  t.true(files.size > 1);
  // Its last row has no line end.
  t.is([...files.values()].map(String).join(''), `${await readFile(file, 'utf8')}\n`);
});

test('requests to a web server come back from tab-separated columns, in folders by the hour of the request', async t => {
  const file = realFile(t, 'nasa_19950801.tsv');
  if (file === undefined) return;
  const files = await throughTopic(
    t,
    { file, 'csv.quote': '\u0001' },
    {
      format: 'csv',
      'csv.delimiter': '\\t',
      'path.format': '{yyyy}-{MM}-{dd}/{HH}',
      'timestamp.field': 'time',
      'timestamp.format': 's',
      'rotate.interval.ms': '1h',
    },
  );
  const [header, ...rows] = (await readFile(file, 'utf8')).replace(/\n$/, '').split('\n');
  const wanted: Record<string, string[][]> = {};
  for (const row of rows) {
    const cells = row.split('\t');
    (wanted[new Date(Number(cells[2]) * 1000).toISOString().slice(0, 13).replace('T', '/')] ??= []).push(cells);
  }
  const found: Record<string, string[][]> = {};
  for (const [path, bytes] of files) {
    const [names, ...cells] = parse(bytes, { delimiter: '\t' });
    t.is(names!.join('\t'), header!);
    (found[path.slice(0, path.lastIndexOf('/'))] ??= []).push(...cells);
  }
  t.deepEqual(found, wanted);
});

test('earthquakes come back from parquet, in folders by their network, in order', async t => {
  const file = realFile(t, 'earthquakes.txt');
  if (file === undefined) return;
  const files = await throughTopic(
    t,
    {
      file,
      format: 'csv',
      'csv.types': 'Latitude:number,Longitude:number,Depth:number,Magnitude:number,NbStations:integer',
    },
    { format: 'parquet', 'path.format': 'Source={value.Source}' },
  );
  const text = (cell: string) => cell;
  const number = (cell: string) => (cell === '' ? null : Number(cell));
  const readers: Record<string, (cell: string) => unknown> = {
    Latitude: number,
    Longitude: number,
    Depth: number,
    Magnitude: number,
    NbStations: number,
  };
  const wanted: Record<string, object[]> = {};
  for (const row of parse<Record<string, string>>(await readFile(file), { columns: true })) {
    const cells = Object.entries(row).map(([name, cell]) => [name, (readers[name] ?? text)(cell)] as const);
    (wanted[`Source=${row['Source']}`] ??= []).push(Object.fromEntries(cells));
  }
  const found: Record<string, object[]> = {};
  for (const [path, bytes] of files) {
    const rows = await parquetReadObjects({ file: new Uint8Array(bytes).buffer });
    const plain = rows.map(row =>
      Object.fromEntries(
        Object.entries(row).map(([name, cell]) => [name, typeof cell === 'bigint' ? Number(cell) : (cell ?? null)]),
      ),
    );
    (found[path.slice(0, path.lastIndexOf('/'))] ??= []).push(...plain);
  }
  t.deepEqual(Object.keys(found).length, Object.keys(wanted).length);
  for (const [folder, rows] of Object.entries(wanted)) t.deepEqual(found[folder], rows, folder);
});

test('quarry blasts come back from a JSON array, as jsonl and as csv', async t => {
  const file = realFile(t, 'blasts.txt');
  if (file === undefined) return;
  const rows = parse<Record<string, string>>(await readFile(file), { columns: true });
  const array = join(await mkdtemp(join(tmpdir(), 'millrace-file-real-')), 'blasts.json');
  await writeFile(array, JSON.stringify(rows, null, 2));
  const lines = [...(await throughTopic(t, { file: array }, {})).values()].map(String).join('');
  t.is(lines, rows.map(row => `${JSON.stringify(row)}\n`).join(''));
  const csv = [...(await throughTopic(t, { file, format: 'csv' }, { format: 'csv' })).values()];
  t.deepEqual(parse<Record<string, string>>(csv[0]!, { columns: true }), rows);
});
