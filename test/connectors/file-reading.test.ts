import test from 'ava';
import { parse } from 'csv-parse/sync';
import fc from 'fast-check';
import { CsvFormat } from '../../connectors/file/csv-format.js';
import { JsonlFormat } from '../../connectors/file/jsonl-format.js';
import { LinesFormat } from '../../connectors/file/lines-format.js';
import { RecordReader } from '../../connectors/file/record-reader.js';
import type { RowFormat } from '../../connectors/file/row-format.js';

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
function readAll(format: RowFormat, bytes: Buffer, sizes: readonly number[], from = { position: 0, line: 1 }): Read {
  const options = { file: 'f', format, toRecord: (value: unknown) => ({ value }), lineBytesMax, batchBytes: 16 };
  const reader = new RecordReader(options);
  reader.moveTo(from.position, from.line);
  const rows: unknown[] = [];
  const bad: Read['bad'][number][] = [];
  const places: Read['places'][number][] = [];
  for (let step = 0; ; step++) {
    const { buffer, at, length } = reader.space();
    const start = reader.readPosition;
    const count = bytes.copy(buffer, at, start, start + Math.min(length, sizes[step % sizes.length]!));
    reader.filled(count);
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
    const { buffer, at } = reader.space();
    reader.filled(bytes.copy(buffer, at, size - 1, size));
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

test('an empty file, and one of a byte order mark alone, hold no rows', t => {
  for (const [name, format] of Object.entries(formats)) {
    for (const text of ['', '\ufeff']) t.deepEqual(readAll(format(), Buffer.from(text), [1]).rows, [], name);
  }
});
