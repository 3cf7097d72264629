import test from 'ava';
import { parse } from 'csv-parse/sync';
import fc from 'fast-check';
import iconv from 'iconv-lite';
import { CsvFormat } from '../../connectors/file/csv-format.js';
import { JsonReader } from '../../connectors/file/json-reader.js';
import { JsonlFormat } from '../../connectors/file/jsonl-format.js';
import { LinesFormat } from '../../connectors/file/lines-format.js';
import { RecordReader } from '../../connectors/file/record-reader.js';
import type { RowFormat } from '../../connectors/file/row-format.js';
import { FileFault } from '../../connectors/file/row-reader.js';
import { textEncoding, utf8Encoding } from '../../connectors/file/text-encoding.js';

const lineBytesMax = 60;

const formats: Readonly<Record<string, () => RowFormat>> = {
  lines: () => new LinesFormat(lineBytesMax),
  jsonl: () => new JsonlFormat(lineBytesMax),
  csv: () => csv(undefined),
  'csv without a header': () => csv(['a', 'b']),
};

function csv(columns: readonly string[] | undefined): CsvFormat {
  return new CsvFormat({ delimiter: ',', quote: '"', columns, lineBytesMax, rowOf: () => cells => [...cells] });
}

interface Read {
  readonly rows: readonly unknown[];
  readonly bad: readonly { raw: string; message: string; line: number; offset: number }[];
  /** After each step: where a restart would go on, and how many rows and bad lines came before. */
  readonly places: readonly { position: number; line: number; rowCount: number; badCount: number }[];
}

/** Reads `bytes` in pieces of these sizes (repeated), from a place on. */
function readAll(
  format: RowFormat,
  bytes: Buffer,
  sizes: readonly number[],
  from = { position: 0, line: 1 },
  encoding = utf8Encoding,
): Read {
  const options = {
    file: 'f',
    format,
    toRecord: (value: unknown) => ({ value }),
    lineBytesMax,
    batchBytes: 16,
    encoding,
  };
  const reader = new RecordReader(options);
  reader.moveTo(from.position, from.line);
  const rows: unknown[] = [];
  const bad: Read['bad'][number][] = [];
  const places: Read['places'][number][] = [];
  for (let step = 0; ; step++) {
    const { buffer, at, length } = reader.bytes.space();
    const start = reader.readPosition;
    const count = bytes.copy(buffer, at, start, start + Math.min(length, sizes[step % sizes.length]!));
    reader.bytes.filled(count);
    const taken = reader.take(count === 0);
    for (const record of taken?.records ?? []) rows.push(record.value);
    for (const { raw, error, position } of taken?.badRecords ?? []) {
      bad.push({
        raw: String(raw),
        message: error.message,
        line: Number(position['line']),
        offset: Number(position['offset']),
      });
    }
    places.push({ position: reader.position, line: reader.line, rowCount: rows.length, badCount: bad.length });
    if (count === 0) return { rows, bad, places };
  }
}

const pieces = fc.constantFrom(
  ...[
    'a',
    'b,c',
    ',',
    '"',
    '""',
    '"x","y"',
    '\n',
    '\r\n',
    '\r',
    '\ufeff',
    'é',
    '漢字',
    '😀',
    '{"k":1}',
    '[1',
    'x'.repeat(40),
    ' ',
  ],
);
const fileBytes = fc
  .tuple(
    fc.array(
      fc.oneof(
        pieces.map(text => Buffer.from(text)),
        fc.uint8Array({ maxLength: 3 }).map(Buffer.from),
      ),
      { maxLength: 40 },
    ),
  )
  .map(([parts]) => Buffer.concat(parts));
const chunking = fc.array(fc.integer({ min: 1, max: 16 }), { minLength: 1, maxLength: 8 });

for (const [name, format] of Object.entries(formats)) {
  test(`${name}: any chunking of a file gives the same records, bad lines and positions`, t => {
    fc.assert(
      fc.property(fileBytes, chunking, (content, sizes) => {
        const bytes = Buffer.concat([Buffer.from(name === 'csv' ? 'a,b\n' : ''), content]);
        const whole = readAll(format(), bytes, [1 << 20]);
        const chunked = readAll(format(), bytes, sizes);
        t.deepEqual(chunked.rows, whole.rows);
        t.deepEqual(chunked.bad, whole.bad);
        t.is(whole.places.at(-1)!.position, bytes.length);
      }),
      { numRuns: 400 },
    );
  });

  test(`${name}: reading that goes on at any place it could have stopped at finds exactly the rest`, t => {
    let resumptions = 0;
    fc.assert(
      fc.property(fileBytes, chunking, (content, sizes) => {
        const bytes = Buffer.concat([Buffer.from(name === 'csv' ? 'a,b\n' : ''), content]);
        const whole = readAll(format(), bytes, sizes);
        for (const place of whole.places) {
          if (place.position === 0) continue;
          resumptions++;
          const rest = readAll(resumed(format(), bytes), bytes, [7], place);
          t.deepEqual(rest.rows, whole.rows.slice(place.rowCount));
          t.deepEqual(rest.bad, whole.bad.slice(place.badCount));
        }
      }),
      { numRuns: 150 },
    );
    t.true(resumptions > 100);
  });
}

test('a byte order mark in a line that is too long is no mark of the file', t => {
  const bytes = Buffer.from(`${'x'.repeat(80)}\ufeffrest\nnext\n`);
  for (const size of [1, 7, 80, 1 << 20]) {
    const { rows, bad, places } = readAll(formats['lines']!(), bytes, [size]);
    t.deepEqual(rows, ['next']);
    t.is(bad[0]!.offset, 0);
    t.is(places.at(-1)!.position, bytes.length);
  }
});

/** The format after it has learnt the head of the file. */
function resumed(format: RowFormat, bytes: Buffer): RowFormat {
  const reader = new RecordReader({
    file: 'f',
    format,
    toRecord: () => undefined,
    lineBytesMax,
    batchBytes: bytes.length + 16,
  });
  for (let size = 1; !format.isReady && size <= bytes.length; size++) {
    const { buffer, at } = reader.bytes.space();
    reader.bytes.filled(bytes.copy(buffer, at, size - 1, size));
    reader.take(size === bytes.length);
  }
  return format;
}

test('the position of a bad line is its byte in the file and the number that an editor shows', t => {
  const text = '{"größe":1}\r\n\r\nnot json\n{"k":"😀"}\n[broken\n"last"';
  const bytes = Buffer.from(text);
  const { rows, bad } = readAll(new JsonlFormat(lineBytesMax), bytes, [5]);
  t.deepEqual(rows, [{ größe: 1 }, { k: '😀' }, 'last']);
  t.deepEqual(
    bad.map(({ raw, line, offset }) => ({ raw, line, offset })),
    [
      { raw: 'not json', line: 3, offset: bytes.indexOf('not json') },
      { raw: '[broken', line: 5, offset: bytes.indexOf('[broken') },
    ],
  );
});

test('a line that is too long is passed over, with its length, its place and its head', t => {
  const bytes = Buffer.from(`one\n${'ü'.repeat(500)}\r\ntwo\n`);
  for (const sizes of [[3], [1 << 20]]) {
    const { rows, bad } = readAll(new LinesFormat(lineBytesMax), bytes, sizes);
    t.deepEqual(rows, ['one', 'two']);
    t.is(bad.length, 1);
    t.like(bad[0]!, { line: 2, offset: 4, raw: 'ü'.repeat(30) });
    t.true(bad[0]!.message.includes('1000 bytes'), bad[0]!.message);
  }
});

test('a line that is too long, and no text either, is told as too long in however many pieces it comes', t => {
  const bytes = Buffer.concat([Buffer.alloc(lineBytesMax, 'x'), Buffer.of(0xff), Buffer.from('\nshort\n')]);
  for (const size of [1, 7, 1 << 20]) {
    const { rows, bad } = readAll(new LinesFormat(lineBytesMax), bytes, [size]);
    t.deepEqual(rows, ['short']);
    t.regex(bad[0]!.message, /^a line of 61 bytes/);
  }
});

test('a stray quote costs one line, not the rest of the file', t => {
  const bytes = Buffer.from(`a,b\n1,"x\n2,y\n3,"z"\n4,w"\n5,"p\nq"\n${'6,v\n'.repeat(30)}`);
  const { rows, bad } = readAll(csv(undefined), bytes, [9]);
  t.deepEqual(rows.slice(0, 3), [
    ['2', 'y'],
    ['3', 'z'],
    ['5', 'p\nq'],
  ]);
  t.is(rows.length, 33);
  t.deepEqual(
    bad.map(each => each.line),
    [2, 5],
  );
});

test('csv rows are what csv-parse makes of them', t => {
  const cell = fc
    .array(fc.constantFrom('a', 'ü', ' ', ',', '"', '\n', '\r\n', '1'), { maxLength: 4 })
    .map(parts => parts.join(''));
  const row = fc.tuple(cell, cell);
  const quoted = (text: string) => (/[",\r\n]/.test(text) || text === '' ? `"${text.replaceAll('"', '""')}"` : text);
  let quotedRows = 0;
  fc.assert(
    fc.property(fc.array(row, { maxLength: 8 }), fc.constantFrom('\n', '\r\n'), (rows, lineEnd) => {
      const text = rows.map(cells => cells.map(quoted).join(',') + lineEnd).join('');
      quotedRows += text.includes('"') ? 1 : 0;
      const found = readAll(csv(['a', 'b']), Buffer.from(text), [11]);
      t.deepEqual(found.rows, parse(text, { record_delimiter: lineEnd }));
      t.deepEqual(found.bad, []);
    }),
    { numRuns: 300 },
  );
  t.true(quotedRows > 50);
});

/** Reads a JSON file in pieces; a fault ends it. */
function readJson(
  bytes: Buffer,
  sizes: readonly number[],
  from?: { position: number; line: number; isArray: boolean },
) {
  const learnt = { isArray: from?.isArray };
  const toRecord = (value: unknown) => ({ value });
  const reader = new JsonReader({ file: 'f', toRecord, lineBytesMax, batchBytes: 16, learnt });
  if (from !== undefined) reader.moveTo(from.position, from.line);
  const rows: unknown[] = [];
  const bad: { raw: string; line: unknown; offset: unknown }[] = [];
  const places: { position: number; line: number; rowCount: number; badCount: number }[] = [];
  for (let step = 0; ; step++) {
    const { buffer, at, length } = reader.bytes.space();
    const start = reader.readPosition;
    const count = bytes.copy(buffer, at, start, start + Math.min(length, sizes[step % sizes.length]!));
    reader.bytes.filled(count);
    let fault: string | undefined;
    try {
      const taken = reader.take(count === 0);
      for (const record of taken?.records ?? []) rows.push(record.value);
      for (const { raw, position } of taken?.badRecords ?? [])
        bad.push({ raw: String(raw), line: position['line'], offset: position['offset'] });
    } catch (error) {
      if (!(error instanceof FileFault)) throw error;
      fault = error.message;
    }
    places.push({ position: reader.position, line: reader.line, rowCount: rows.length, badCount: bad.length });
    if (count === 0 && fault === undefined) fault = faultOf(() => reader.take(true));
    if (count === 0 || fault !== undefined) return { rows, bad, places, fault, isArray: learnt.isArray };
  }
}

function faultOf(work: () => void): string | undefined {
  try {
    work();
    return undefined;
  } catch (error) {
    return (error as Error).message;
  }
}

/** Whole numbers beyond 2^53, which JSON.parse rounds and the reader keeps as bigints. */
function hasBigNumber(value: unknown): boolean {
  let found = false;
  JSON.stringify(value, (_key, each: unknown) => {
    found ||= typeof each === 'number' && Number.isInteger(each) && !Number.isSafeInteger(each);
    return each;
  });
  return found;
}

const jsonValues = fc.array(
  fc.oneof(
    fc.jsonValue({ maxDepth: 2 }).filter(value => !hasBigNumber(value)),
    fc.constant('x'.repeat(80)),
    fc.constant({ big: 'ü'.repeat(70), list: [1, [2]] }),
  ),
  { maxLength: 8 },
);
const blanks = fc.constantFrom('', ' ', '\n', '\r\n\t ');

test('json: however an array is cut and laid out, its values come out; too long ones are bad records', t => {
  let longOnes = 0;
  fc.assert(
    fc.property(jsonValues, blanks, fc.boolean(), chunking, fc.boolean(), (values, blank, isPretty, sizes, isArray) => {
      const texts = values.map(value => (isPretty ? JSON.stringify(value, null, 2) : JSON.stringify(value)));
      const text = isArray
        ? `${blank}[${blank}${texts.join(`${blank},${blank}`)}${blank}]${blank}`
        : texts.join(`\n${blank}`);
      const bytes = Buffer.from((sizes.length % 2 === 0 && text !== '' ? '\ufeff' : '') + text);
      const whole = readJson(bytes, [1 << 20]);
      const isLong = (one: string) => Buffer.byteLength(one) > lineBytesMax;
      // Values one after the other that begin with an array would be taken for the array.
      if (!isArray && texts[0]?.startsWith('[') === true) return;
      longOnes += texts.filter(isLong).length;
      t.is(whole.fault, undefined);
      t.deepEqual(
        whole.rows,
        texts.filter(one => !isLong(one)).map(one => JSON.parse(one) as unknown),
      );
      t.is(whole.bad.length, texts.filter(isLong).length);
      for (const { raw, line, offset } of whole.bad) {
        t.is(
          bytes
            .subarray(Number(offset))
            .toString()
            .slice(0, raw.length - 1),
          raw.slice(0, -1),
        );
        t.is(bytes.subarray(0, Number(offset)).toString().split('\n').length, Number(line));
      }
      const chunked = readJson(bytes, sizes);
      t.deepEqual([chunked.rows, chunked.fault], [whole.rows, whole.fault]);
      t.deepEqual(
        chunked.bad.map(each => each.offset),
        whole.bad.map(each => each.offset),
      );
      for (const place of chunked.places) {
        if (place.rowCount + place.badCount === 0) continue;
        const rest = readJson(bytes, [7], { ...place, isArray: whole.isArray! });
        t.deepEqual([rest.rows, rest.fault], [whole.rows.slice(place.rowCount), undefined]);
      }
    }),
    { numRuns: 200 },
  );
  t.true(longOnes > 50);
});

test('json: what is broken between brackets costs one record, a broken array the rest of the file', t => {
  const { rows, bad, fault } = readJson(Buffer.from('[1,{"a":},2, tru ,"x"]'), [5]);
  t.deepEqual(rows, [1, 2, 'x']);
  t.deepEqual(
    bad.map(each => each.raw),
    ['{"a":}', 'tru'],
  );
  t.is(fault, undefined);
  for (const [text, wanted] of [
    ['[1,2', 'ends inside a value'],
    ['[1,2 ', 'ends inside its array'],
    ['[1,{"a":1', 'ends inside a value'],
    ['[1 2]', '"2" stands where a comma or ] should'],
    ['[1,]', '"]" stands where a value should'],
    ['[1]\n[2]', '"[" stands where the end of the file should'],
    ['1, 2', '"," stands where a value should'],
  ] as const) {
    const broken = readJson(Buffer.from(text), [3]);
    t.true(broken.fault?.includes(wanted), `${text}: ${broken.fault}`);
    t.is(broken.rows[0], 1);
  }
});

test('lines in other encodings are cut at their line ends, whatever pieces they come in', t => {
  const texts = {
    latin1: ['größe', '', 'ÿ\r', 'end'],
    'windows-1252': ['€ „x“', 'ß'],
    'utf-16le': ['漢字', 'ਊ\u0a0d', '😀 x', '', 'größe\r'],
    'utf-16be': ['漢字', 'ਊ', '😀'],
    'utf-32le': ['漢字', '😀', 'x'],
    shift_jis: ['表示ソ', 'ab'],
    gb18030: ['汉字', '😀'],
    'euc-kr': ['한글'],
  };
  for (const [name, lines] of Object.entries(texts)) {
    for (const addBOM of [false, true]) {
      for (const isEnded of [true, false]) {
        const bytes = iconv.encode(lines.join('\n') + (isEnded ? '\n' : ''), name, {
          addBOM: addBOM && name.startsWith('utf'),
        });
        for (const size of [1, 3, 5, 16]) {
          const encoding = textEncoding(name);
          const found = readAll(new LinesFormat(lineBytesMax), bytes, [size], undefined, encoding);
          const wanted = lines.map(line => line.replace(/\r$/, ''));
          t.deepEqual(found.rows, wanted, `${name} in pieces of ${size}`);
          for (const place of found.places.filter(each => each.position > 0)) {
            const rest = readAll(new LinesFormat(lineBytesMax), bytes, [7], place, encoding);
            t.deepEqual(rest.rows, wanted.slice(place.rowCount), `${name} from ${place.position}`);
          }
        }
      }
    }
  }
  const long = iconv.encode(`one\n${'漢'.repeat(100)}\r\ntwo\n`, 'utf-16le');
  const { rows, bad } = readAll(new LinesFormat(lineBytesMax), long, [3], undefined, textEncoding('utf-16le'));
  t.deepEqual(rows, ['one', 'two']);
  t.like(bad, [{ line: 2, offset: 8 }]);
  t.true(bad[0]!.message.includes('200 bytes'), bad[0]!.message);
  t.like(
    t.throws(() => textEncoding('latin-ONE')),
    { name: 'ConfigError', given: 'latin-ONE' },
  );
  t.like(
    t.throws(() => textEncoding('base64')),
    { name: 'ConfigError' },
  );
});

test('an empty file, and one of a byte order mark alone, hold no rows', t => {
  for (const [name, format] of Object.entries(formats)) {
    for (const text of ['', '\ufeff']) t.deepEqual(readAll(format(), Buffer.from(text), [1]).rows, [], name);
  }
});

test('what is no text in the encoding is a bad row, and its neighbours are not', t => {
  const broken = (text: string) => Buffer.from(text, 'latin1');
  const bytes = Buffer.concat([
    Buffer.from('größe\n'),
    broken('b\xffc\n'),
    Buffer.from('\ufffd\n'),
    broken('d\xe9\nlast'),
  ]);
  const { rows, bad } = readAll(new LinesFormat(lineBytesMax), bytes, [5]);
  t.deepEqual(rows, ['größe', '\ufffd', 'last']);
  t.deepEqual(
    bad.map(({ line, offset }) => [line, offset]),
    [
      [2, 8],
      [4, 16],
    ],
  );
  t.regex(bad[0]!.message, /^not utf-8: set file\.encoding .* windows-1252/);
  const json = readJson(Buffer.concat([Buffer.from('["a","'), Buffer.from([0xff]), Buffer.from('",3]')]), [4]);
  t.deepEqual(json.rows, ['a', 3]);
  const shiftJis = readAll(
    new LinesFormat(lineBytesMax),
    Buffer.from([0x61, 10, 0x81, 0xff, 10]),
    [9],
    undefined,
    textEncoding('shift_jis'),
  );
  t.deepEqual([shiftJis.rows, shiftJis.bad.length], [['a'], 1]);
});

test('whole numbers of JSON keep all their digits', t => {
  const text = '{"id":9007199254740993,"n":[-12345678901234567890,1.5]}';
  const row = { id: 9007199254740993n, n: [-12345678901234567890n, 1.5] };
  t.deepEqual(readAll(new JsonlFormat(100), Buffer.from(text), [50]).rows, [row]);
  t.deepEqual(readJson(Buffer.from(`[${text}]`), [50]).rows, [row]);
});

test('a csv header that cannot be read is told, and no other line takes its place', t => {
  const read = (bytes: Buffer, sizes: readonly number[]) => readAll(csv(undefined), bytes, sizes);
  const broken = Buffer.from('größe,b\n1,2\n', 'latin1');
  t.throws(() => read(broken, [4]), { message: /header cannot be read \(not utf-8: set file\.encoding/ });
  const long = Buffer.from(`${'x'.repeat(lineBytesMax + 1)},b\n1,2\n`);
  for (const sizes of [[7], [1 << 20]])
    t.throws(() => read(long, sizes), { message: /header .*longer than line\.bytes\.max/ });
});
