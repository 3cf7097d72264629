import { appendFile, copyFile, mkdtemp, readFile, rename, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import { fileSourceConfig } from '../../connectors/file/file-source-config.js';
import { mappingOf } from '../../connectors/file/mapping-of.js';
import { FileReading } from './source-context.js';

async function folder(): Promise<string> {
  return mkdtemp(join(tmpdir(), 'millrace-file-source-'));
}

test('a file read once is delivered whole, its last line without a line end too', async t => {
  const file = join(await folder(), 'a.txt');
  await writeFile(file, 'one\r\nzwölf\n\nlast');
  const reading = await new FileReading().start({ file, mode: 'once' });
  t.deepEqual((await reading.read()).take(), ['one', 'zwölf', '', 'last']);
  await reading.stop();
});

test('an empty file ends at once, and one that does not exist is named with its nearest neighbour', async t => {
  const directory = await folder();
  await writeFile(join(directory, 'access.log'), '');
  const reading = await new FileReading().start({ file: join(directory, 'access.log'), mode: 'once' });
  t.deepEqual((await reading.read()).take(), []);
  await reading.stop();
  const missing = new FileReading().start({ file: join(directory, 'acess.log') });
  t.like(await t.throwsAsync(missing), { name: 'ConfigError', given: 'acess.log', known: ['access.log'] });
});

test('tail holds a last line until it is complete, also when it is cut inside a character', async t => {
  const file = join(await folder(), 'a.txt');
  const line = Buffer.from('größe 😀\n');
  await writeFile(file, 'first\n');
  const reading = await new FileReading().start({ file });
  t.deepEqual((await reading.read()).take(), ['first']);
  for (let at = 0; at < line.length - 1; at += 3) {
    await appendFile(file, line.subarray(at, Math.min(at + 3, line.length - 1)));
    t.deepEqual((await reading.read()).take(), []);
  }
  await appendFile(file, '\n');
  t.deepEqual((await reading.read()).take(), ['größe 😀']);
  await reading.stop();
});

test('a restart goes on at the byte where it stopped, in a file of multibyte text', async t => {
  const file = join(await folder(), 'a.txt');
  await writeFile(file, 'ä\nöü\n');
  const reading = await new FileReading().start({ file });
  t.deepEqual((await reading.read()).take(), ['ä', 'öü']);
  t.is(reading.offset!['position'], 8);
  await reading.stop();
  await appendFile(file, '漢字\n');
  await reading.start({ file });
  t.deepEqual((await reading.read()).take(), ['漢字']);
  await reading.stop();
});

test('a csv file that is resumed still knows its header, and a wrong column is named at start', async t => {
  const file = join(await folder(), 'a.csv');
  await writeFile(file, '\ufeffcode,delay,note\nATL,5,"a ""b"",\nc"\nJFK,,\nSFO,x,\n');
  const config = { file, 'csv.types': 'delay:number' };
  const reading = await new FileReading().start(config);
  t.deepEqual((await reading.read()).take(), [
    { code: 'ATL', delay: 5, note: 'a "b",\nc' },
    { code: 'JFK', delay: null, note: '' },
  ]);
  t.deepEqual(reading.bad, [{ raw: 'SFO,x,', line: 5, offset: (await readFile(file)).indexOf('SFO') }]);
  await reading.stop();
  await appendFile(file, 'ORD,7,\n');
  await reading.start(config);
  t.deepEqual((await reading.read()).take(), [{ code: 'ORD', delay: 7, note: '' }]);
  await reading.stop();
  const wrong = new FileReading().start({ file, 'key.column': 'cod' });
  t.like(await t.throwsAsync(wrong), { name: 'ConfigError', given: 'cod', known: ['code', 'delay', 'note'] });
});

test('a file that is renamed is read to its end before the new one, also over a restart', async t => {
  for (const restarts of [false, true]) {
    const file = join(await folder(), 'a.log');
    await writeFile(file, 'one\n');
    const reading = await new FileReading().start({ file });
    t.deepEqual((await reading.read()).take(), ['one']);
    if (restarts) await reading.stop();
    await appendFile(file, 'two\nhalf');
    await rename(file, `${file}.1`);
    await writeFile(file, 'three\n');
    if (restarts) await reading.start({ file });
    t.deepEqual((await reading.read()).take(), ['two', 'half', 'three'], `restarts: ${restarts}`);
    await appendFile(file, 'four\n');
    t.deepEqual((await reading.read()).take(), ['four']);
    await reading.stop();
  }
});

test('a file that is gone is waited for', async t => {
  const file = join(await folder(), 'a.log');
  await writeFile(file, 'one\n');
  const reading = await new FileReading().start({ file });
  await reading.read();
  await rm(file);
  t.deepEqual((await reading.read()).take(), ['one']);
  await writeFile(file, 'two\n');
  t.deepEqual((await reading.read()).take(), ['two']);
  await reading.stop();
});

test('a file that is truncated is read from its start, whatever is written into it afterwards', async t => {
  for (const [name, content] of [
    ['shorter', 'new\n'],
    ['longer', 'quite a lot longer than before\nnew\n'],
  ] as const) {
    const file = join(await folder(), 'a.log');
    await writeFile(file, 'one\ntwo\n');
    const reading = await new FileReading().start({ file });
    await reading.read();
    reading.take();
    await copyFile(file, `${file}.1`);
    await truncate(file);
    await appendFile(file, content);
    t.deepEqual((await reading.read()).take(), content.trimEnd().split('\n'), name);
    t.true(reading.messages.some(message => message.includes(name === 'shorter' ? 'truncated' : 'rewritten')));
    await reading.stop();
    await writeFile(file, 'x\n');
    await reading.start({ file });
    t.deepEqual((await reading.read()).take(), ['x'], `${name}, while it was not read`);
    await reading.stop();
  }
});

test('keys and times come out of columns, in three ways to write a time', async t => {
  const file = join(await folder(), 'a.jsonl');
  await writeFile(
    file,
    '{"k":"a","ms":1,"s":2.5,"iso":"2015-05-17 10:05:03"}\n{"k":7,"ms":"2","s":"3","iso":"2015-05-17"}\n{"k":1}\n',
  );

  const rows = (await readFile(file, 'utf8'))
    .trimEnd()
    .split('\n')
    .map(line => JSON.parse(line) as unknown);
  const recordsOf = (format: string) => {
    const config = fileSourceConfig.parse({
      file,
      'key.column': 'k',
      'timestamp.column': format,
      'timestamp.format': format,
    });
    return rows.slice(0, 2).map(mappingOf(config));
  };
  t.like(recordsOf('ms'), [
    { key: 'a', timestamp: 1 },
    { key: '7', timestamp: 2 },
  ]);
  t.like(recordsOf('s'), [{ timestamp: 2500 }, { timestamp: 3000 }]);
  t.like(recordsOf('iso'), [
    { timestamp: Date.parse('2015-05-17T10:05:03Z') },
    { timestamp: Date.parse('2015-05-17T00:00:00Z') },
  ]);
  const reading = await new FileReading().start({ file, mode: 'once', 'timestamp.column': 'ms' });
  await reading.read();
  t.is(reading.values.length, 2);
  t.like(reading.bad, [{ raw: '{"k":1}', line: 3 }]);
  await reading.stop();
});
