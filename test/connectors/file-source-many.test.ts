import {
  appendFile,
  copyFile,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rename,
  rm,
  stat,
  truncate,
  utimes,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import test from 'ava';
import iconv from 'iconv-lite';
import { FileReading } from './source-context.js';

async function folder(): Promise<string> {
  return mkdtemp(join(tmpdir(), 'millrace-file-source-'));
}

async function files(directory: string, contents: Readonly<Record<string, string | Buffer>>): Promise<string> {
  for (const [name, content] of Object.entries(contents)) {
    await mkdir(dirname(join(directory, name)), { recursive: true });
    await writeFile(join(directory, name), content);
  }
  return directory;
}

const byText = (one: string, other: string) => (one < other ? -1 : 1);

async function names(directory: string): Promise<string[]> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true });
  return entries
    .filter(entry => entry.isFile())
    .map(entry => join(entry.parentPath, entry.name).slice(directory.length + 1))
    .sort();
}

test('a pattern is read file by file in order, and progress counts all of them', async t => {
  const directory = await files(await folder(), {
    'a1.log': 'one\n',
    'b.txt': 'no\n',
    'a2.log': 'two\nthree',
    'sub/a3.log': 'four\n',
    'sub/deep/a4.log': 'five\n',
    '.a0.log': 'hidden\n',
  });
  const wanted = {
    'a*.log': ['one', 'two', 'three'],
    'a[13].log': ['one'],
    '{b,a2}.*': ['two', 'three', 'no'],
    '**/a*.log': ['one', 'two', 'three', 'four', 'five'],
    '*/a?.log': ['four'],
    '': ['one', 'two', 'three', 'no'],
  };
  for (const [pattern, lines] of Object.entries(wanted)) {
    const reading = await new FileReading().start({ file: join(directory, pattern), mode: 'once' });
    t.deepEqual((await reading.read()).take(), lines, pattern);
    const total = lines.join('').length + lines.length - (lines.includes('three') ? 1 : 0);
    t.like(reading.progress, { bytes: total, bytesTotal: total });
    await reading.stop();
  }
  const reading = await new FileReading().start({ file: `${directory}/*.log`, mode: 'once' });
  const first = await reading.poll();
  t.like(reading.progress, { bytes: 4, bytesTotal: 13 }, 'what waits counts');
  t.is(first.length, 1);
  await reading.stop();
});

test('files are read by name, time or length, up or down', async t => {
  const directory = await files(await folder(), { a: '1\n2\n3\n', b: '4\n', c: '5\n6\n' });
  for (const [index, name] of ['b', 'c', 'a'].entries())
    await utimes(join(directory, name), 1000 + index, 1000 + index);
  for (const [order, lines] of [
    ['NameAsc', '123456'],
    ['NameDesc', '564123'],
    ['LastModifiedAsc', '456123'],
    ['LastModifiedDesc', '123564'],
    ['LengthAsc', '456123'],
    ['LengthDesc', '123564'],
  ] as const) {
    const reading = await new FileReading().start({ file: directory, mode: 'once', 'files.sort.attributes': order });
    t.is((await reading.read()).take().join(''), lines, order);
    await reading.stop();
  }
});

test('tasks share the files of a pattern: each is read by one of them', async t => {
  const contents = Object.fromEntries(Array.from({ length: 20 }, (_, index) => [`f${index}x`, `${index}\n`]));
  const directory = await files(await folder(), contents);
  const lines: unknown[][] = [];
  for (const index of [0, 1, 2]) {
    const share = { 'task.index': index, 'task.count': 3 };
    const reading = await new FileReading().start({ file: `${directory}/f*`, mode: 'once', ...share });
    lines.push((await reading.read()).take());
    await reading.stop();
  }
  t.true(lines.every(each => each.length > 0));
  t.deepEqual(
    lines
      .flat()
      .map(Number)
      .sort((a, b) => a - b),
    Array.from({ length: 20 }, (_, index) => index),
  );
});

test('a pattern is followed: new files are found, and a renamed one is not read again, also over a restart', async t => {
  const directory = await files(await folder(), { 'a.log': 'a1\n', 'b.log': 'b1\n' });
  const file = `${directory}/*.log*`;
  const reading = await new FileReading().start({ file });
  t.deepEqual((await reading.read()).take(), ['a1', 'b1']);
  await files(directory, { 'c.log': 'c1\n' });
  await appendFile(join(directory, 'b.log'), 'b2\n');
  t.deepEqual((await reading.read()).take().map(String).toSorted(byText), ['b2', 'c1']);
  const rotate = async (line: string) => {
    await rename(join(directory, 'a.log.1'), join(directory, 'a.log.2')).catch(() => undefined);
    await appendFile(join(directory, 'a.log'), `${line} old\nhalf of `);
    await rename(join(directory, 'a.log'), join(directory, 'a.log.1'));
    await appendFile(join(directory, 'a.log.1'), `${line}\n`);
    await files(directory, { 'a.log': `${line} new\n` });
  };
  await rotate('first');
  t.deepEqual((await reading.read(8)).take(), ['first old', 'half of first', 'first new']);
  await appendFile(join(directory, 'a.log.1'), 'late\n');
  t.deepEqual((await reading.read(8)).take(), ['late']);
  await reading.stop();
  await rotate('second');
  await reading.start({ file });
  t.deepEqual((await reading.read(8)).take().map(String).toSorted(byText), [
    'half of second',
    'second new',
    'second old',
  ]);
  await rotate('third');
  t.deepEqual((await reading.read(8)).take(), ['third old', 'half of third', 'third new']);
  await rm(join(directory, 'b.log'));
  await reading.read(8);
  await files(directory, { 'b.log': 'b again\n' });
  t.deepEqual((await reading.read(8)).take(), ['b again']);
  await reading.stop();
});

test('a last line without a line end is handed out when its file was deleted or left the pattern', async t => {
  for (const leave of [rm, (path: string) => rename(path, `${path}.old`)]) {
    const directory = await files(await folder(), { 'a.log': 'one\nhalf' });
    const file = join(directory, 'a.log');
    const reading = await new FileReading().start({ file: `${directory}/*.log` });
    t.deepEqual((await reading.read()).take(), ['one']);
    await leave(file);
    await writeFile(file, 'new\nand');
    t.deepEqual((await reading.read(8)).take(), ['half', 'new']);
    await leave(file);
    t.deepEqual((await reading.read(8)).take(), ['and']);
    await reading.stop();
  }
});

test('a name that was taken twice between two looks hides no file', async t => {
  for (const restarts of [false, true]) {
    const directory = await files(await folder(), { 'a.log': 'one\n' });
    const file = join(directory, 'a.log');
    const reading = await new FileReading().start({ file });
    await reading.read();
    if (restarts) await reading.stop();
    await appendFile(file, 'two\n');
    await rename(file, `${file}.2`);
    await writeFile(`${file}.1`, 'three\n');
    await writeFile(file, 'four\n');
    if (restarts) await reading.start({ file });
    t.deepEqual((await reading.read(10)).take(), ['one', 'two', 'three', 'four']);
    await reading.stop();
  }
});

test('a file that was copied and truncated is noticed however long it has become, by what stood before the place', async t => {
  for (const restarts of [false, true]) {
    const file = join(await files(await folder(), { 'a.log': '' }), 'a.log');
    const head = Array.from({ length: 30 }, (_, line) => `banner ${line} of the program\n`).join('');
    await writeFile(file, `${head}old 1\nold 2\n`);
    const reading = await new FileReading().start({ file });
    t.is((await reading.read()).take().length, 32);
    await copyFile(file, `${file}.1`);
    if (restarts) await reading.stop();
    await truncate(file);
    await appendFile(file, `${head}new 1\n${'and much more\n'.repeat(100)}`);
    if (restarts) await reading.start({ file });
    const lines = (await reading.read()).take();
    t.is(lines.length, 131, `restarts: ${restarts}`);
    t.is(lines[30], 'new 1');
    await appendFile(file, 'last\n');
    t.deepEqual((await reading.read()).take(), ['last']);
    await reading.stop();
  }
});

test('a file that was there and is gone is waited for, also over a restart', async t => {
  const directory = await files(await folder(), { 'a.log': 'one\n' });
  const file = join(directory, 'a.log');
  const reading = await new FileReading().start({ file });
  await reading.read();
  await reading.stop();
  await rm(file);
  await reading.start({ file });
  t.deepEqual((await reading.read()).take(), ['one']);
  await writeFile(file, 'two\n');
  t.deepEqual((await reading.read()).take(), ['two']);
  await reading.stop();
});

test('gzip files of every format are read, and gone on with in the middle', async t => {
  const rows = Array.from({ length: 3000 }, (_, n) => ({ n, text: `größe ${n % 7}` }));
  const contents = {
    'a.txt.gz': rows.map(row => `${row.n}\n`).join(''),
    'a.jsonl.gz': rows.map(row => `${JSON.stringify(row)}\n`).join(''),
    'a.json.gz': JSON.stringify(rows),
    'a.csv.gz': `n,text\n${rows.map(row => `${row.n},${row.text}\n`).join('')}`,
  };
  for (const [name, text] of Object.entries(contents)) {
    // Two members, as tools that append write them.
    const half = Buffer.from(text).length >> 1;
    const packed = Buffer.concat([
      gzipSync(Buffer.from(text).subarray(0, half)),
      gzipSync(Buffer.from(text).subarray(half)),
    ]);
    const file = join(await files(await folder(), { [name]: packed }), name);
    const reading = await new FileReading().start({
      file,
      mode: 'once',
      'batch.bytes': 4096,
      'csv.types': name.includes('csv') ? 'n:number' : '',
    });
    for (let polls = 0; polls < 3; polls++) await reading.poll();
    t.true(reading.values.length > 0 && reading.values.length < rows.length, name);
    await reading.stop();
    await reading.start({ file, mode: 'once', 'csv.types': name.includes('csv') ? 'n:number' : '' });
    await reading.read();
    t.like(reading.progress, { bytes: packed.length, bytesTotal: packed.length });
    t.deepEqual(reading.take(), name === 'a.txt.gz' ? rows.map(row => String(row.n)) : rows, name);
    await reading.stop();
  }
});

test('a gzip file is followed as far as it is complete', async t => {
  const directory = await folder();
  const file = join(directory, 'a.log.gz');
  const packed = Buffer.concat([gzipSync('one\n'), gzipSync(`${'two '.repeat(5000)}\n`)]);
  await writeFile(file, packed.subarray(0, 40));
  const reading = await new FileReading().start({ file });
  t.deepEqual((await reading.read()).take(), ['one']);
  await appendFile(file, packed.subarray(40));
  t.deepEqual((await reading.read()).take(), ['two '.repeat(5000)]);
  await reading.stop();
});

test('a byte order mark tells the encoding; names say delimiter and format', async t => {
  const directory = await files(await folder(), {
    'a.txt': iconv.encode('größe\n漢\n', 'utf-16le', { addBOM: true }),
    'b.txt': iconv.encode('größe\n', 'latin1'),
    'c.tsv': 'x\ty\n1\t2\n',
    'd.json': '[\n  {"a": 1},\n  {"a": 2}\n]\n',
  });
  const read = async (name: string, config: object = {}) => {
    const reading = await new FileReading().start({ file: join(directory, name), mode: 'once', ...config });
    const values = (await reading.read()).take();
    await reading.stop();
    return values;
  };
  t.deepEqual(await read('a.txt'), ['größe', '漢']);
  t.deepEqual(await read('b.txt', { 'file.encoding': 'latin1' }), ['größe']);
  t.deepEqual(await read('c.tsv'), [{ x: '1', y: '2' }]);
  t.deepEqual(await read('d.json'), [{ a: 1 }, { a: 2 }]);
});

test('records get headers of their file where that is asked for', async t => {
  const file = join(await files(await folder(), { 'a.txt': 'one\n' }), 'a.txt');
  const reading = await new FileReading().start({ file, mode: 'once', 'file.headers.enable': true });
  await reading.read();
  const modified = new Date((await stat(file)).mtimeMs).toISOString();
  t.deepEqual(
    reading.headers.map(headers => headers.map(({ key, value }) => [key, String(value)])),
    [
      [
        ['file.path', file],
        ['file.name', 'a.txt'],
        ['file.length', '4'],
        ['file.last.modified', modified],
      ],
    ],
  );
  await reading.stop();
});

test('files of a spool are moved, deleted or marked once they are committed, and nothing is read twice whenever it dies', async t => {
  for (const policy of ['none', 'move', 'delete', 'mark'] as const) {
    for (const dies of [undefined, 'before the commit', 'after the commit'] as const) {
      const directory = await folder();
      const input = await files(join(directory, 'in'), { 'a.csv': 'n\n1\n2\n', 'sub/b.csv': 'n\n3\n' });
      const config = {
        file: `${input}/**/*.csv`,
        mode: 'spool',
        'cleanup.policy': policy,
        'finished.path': join(directory, 'done'),
      };
      const reading = await new FileReading().start(config);
      for (let deaths = 0; dies !== undefined && deaths < 3; deaths++) {
        const before = reading.values.length;
        await reading.poll(dies);
        // What was not committed was never in the topic for those who read committed records.
        if (dies === 'before the commit') t.is(reading.values.length, before);
        await reading.stop();
        await reading.start(config);
      }
      await reading.read();
      const what = `${policy}, dies ${dies}`;
      t.deepEqual(reading.take(), [{ n: '1' }, { n: '2' }, { n: '3' }], what);
      const left = {
        none: ['in/a.csv', 'in/sub/b.csv'],
        move: ['done/a.csv', 'done/sub/b.csv'],
        delete: [],
        mark: ['in/a.csv', 'in/a.csv.finished', 'in/sub/b.csv', 'in/sub/b.csv.finished'],
      };
      t.deepEqual(await names(directory), left[policy], what);
      // Another file of the same name is another file; where the one before was moved or deleted, even when it begins as that did.
      const first = policy === 'none' || policy === 'mark' ? '0' : '1';
      await rm(join(input, 'a.csv'), { force: true });
      await files(input, { 'a.csv': `n\n${first}\n2\n4\n` });
      t.deepEqual((await reading.read(8)).take(), [{ n: first }, { n: '2' }, { n: '4' }], what);
      await reading.stop();
      if (policy === 'move') t.deepEqual(await names(join(directory, 'done')), ['a.csv', 'a.csv.1', 'sub/b.csv']);
      const again = new FileReading();
      if (policy !== 'none') {
        await again.start(config);
        t.deepEqual((await again.read()).take(), [], `${policy}: also without offsets`);
        await again.stop();
      }
    }
  }
});

test('a file that is not complete is left until it has been quiet for long enough', async t => {
  const input = await files(await folder(), { 'a.txt': 'one\n' });
  const reading = await new FileReading().start({ file: input, mode: 'spool', 'file.minimum.age.ms': 3_600_000 });
  t.deepEqual((await reading.read()).take(), []);
  const old = (await stat(join(input, 'a.txt'))).mtimeMs / 1000 - 3600;
  await utimes(join(input, 'a.txt'), old, old);
  t.deepEqual((await reading.read()).take(), ['one']);
  await reading.stop();
});

test('a file that cannot be read to its end is a bad record, goes to the folder for errors, and does not stop the others', async t => {
  const directory = await folder();
  const packed = gzipSync('one\ntwo\n'.repeat(1000));
  const input = await files(join(directory, 'in'), {
    'a.txt.gz': packed.subarray(0, packed.length - 9),
    'b.json': '[1, 2',
    'c.csv': 'x,x\n1,2\n',
    'd.txt': 'good\n',
    'e.txt.gz': 'not gzip at all',
  });
  const config = {
    file: input,
    mode: 'spool',
    'cleanup.policy': 'move',
    'finished.path': join(directory, 'done'),
    'error.path': join(directory, 'bad'),
  };
  const reading = await new FileReading().start(config);
  await reading.read();
  t.deepEqual(await names(join(directory, 'bad')), ['a.txt.gz', 'b.json', 'c.csv', 'e.txt.gz']);
  t.deepEqual(await names(join(directory, 'done')), ['d.txt']);
  t.is(reading.bad.length, 4);
  t.true(reading.values.includes('good'));
  t.deepEqual(reading.values.filter(Number.isInteger), [1]);
  await reading.stop();
});

test('a folder that is not there yet is waited for, and says so', async t => {
  const directory = join(await folder(), 'later');
  const reading = new FileReading();
  await t.throwsAsync(reading.start({ file: `${directory}/`, mode: 'spool' }), {
    name: 'RetriableError',
    message: /the folder .*later cannot be read: there is none/,
  });
  await reading.start({ file: `${directory}/*.txt` });
  await t.throwsAsync(reading.poll(), { name: 'RetriableError' });
  await files(directory, { 'a.txt': 'one\n' });
  t.deepEqual((await reading.read()).take(), ['one']);
  await rename(directory, `${directory}-gone`);
  await t.throwsAsync(reading.read(), { name: 'RetriableError' });
  await rename(`${directory}-gone`, directory);
  await appendFile(join(directory, 'a.txt'), 'two\n');
  t.deepEqual((await reading.read()).take(), ['two']);
  await reading.stop();
});

test('what cannot be meant is refused', async t => {
  const directory = await files(await folder(), { 'a.txt': '' });
  const file = join(directory, 'a.txt');
  const refused = async (config: object, message: RegExp) => {
    await t.throwsAsync(new FileReading().start({ file, ...config }), { name: 'ConfigError', message });
  };
  await refused({ mode: 'spool', 'cleanup.policy': 'move' }, /finished.path/);
  await refused({ 'cleanup.policy': 'delete' }, /mode=spool/);
  await refused({ 'file.encoding': 'utf-61' }, /no encoding "utf-61"/);
  await refused({ format: 'json', 'file.encoding': 'latin1' }, /json is always UTF-8/);
  t.is(await readFile(file, 'utf8'), '');
});
