// What a sink makes of the bytes of flat JSON, and what it makes of the same values when they were read: nothing may differ.

import test from 'ava';
import fc from 'fast-check';
import type { SinkRecord } from '../../../connect/api/index.js';
import { namedConverter } from '../../../connect/converters/named-converter.js';
import { startConnector } from '../../../connect/index.js';
import { postgresSink } from '../../../connectors/postgres/index.js';
import { plainStatement } from '../../../connectors/postgres/plain-rows.js';
import { postgresSinkConfig } from '../../../connectors/postgres/postgres-sink-config.js';
import type { Column, TableShape } from '../../../connectors/postgres/table-shape.js';
import { bytes, topic } from '../../../core/index.js';
import { recordsOf } from '../../connect/places.js';
import { quiet } from '../../connect/quiet.js';
import { testsWithDatabase } from './with-database.js';

const testWithDatabase = testsWithDatabase();
const json = namedConverter('json', { part: 'value' });

const names = ['id', 'a', 'b', 'c'];
const digits = fc.stringMatching(/^\d{1,18}$/);
/** Many that are written in another way than JavaScript would, and some that are none. */
const numberText = fc.oneof(
  fc.integer().map(String),
  fc.double({ noNaN: true, noDefaultInfinity: true }).map(each => JSON.stringify(each)),
  fc.bigInt({ min: -(2n ** 70n), max: 2n ** 70n }).map(String),
  fc.tuple(digits, digits).map(([whole, part]) => `${whole}.${part}`),
  fc.stringMatching(/^-?(0|[1-9]\d{0,6})(\.0{0,8}\d{1,9})?([eE][+-]?\d{1,2})?$/),
  fc.constantFrom(
    '0',
    '-0',
    '-0.0',
    '0.0',
    '007',
    '1.',
    '.5',
    '-',
    '1e400',
    '0.000001',
    '0.0000001',
    '1.50',
    '+1',
    'NaN',
  ),
);
const stringText = fc.oneof(
  fc.string().map(each => JSON.stringify(each)),
  fc.string({ unit: 'grapheme' }).map(each => JSON.stringify(each)),
  fc.string({ unit: 'binary' }).map(each => `"${each}"`),
  fc.constantFrom(
    '""',
    '"\\u0000"',
    '"\\ud800"',
    '"a\tb"',
    '"\\\\N"',
    '"\\\\."',
    '"\\x00"',
    '"x',
    '"2024-02-29T12:00:00Z"',
    '"\u007f\u2028"',
  ),
);
const valueText = fc.oneof(
  { weight: 6, arbitrary: fc.integer({ min: -30_000, max: 30_000 }).map(String) },
  { weight: 6, arbitrary: fc.stringMatching(/^[\w äß€😀]{0,12}$/u).map(each => `"${each}"`) },
  { weight: 4, arbitrary: fc.constantFrom('true', 'false', 'null') },
  { weight: 3, arbitrary: numberText },
  { weight: 3, arbitrary: stringText },
  { weight: 1, arbitrary: fc.json() },
  { weight: 1, arbitrary: fc.constantFrom('tru', 'nulll', '', '[1,2]', '{"x":"y"}', '{}') },
);
const nameLists = fc.oneof(
  { weight: 8, arbitrary: fc.constant(names) },
  { weight: 1, arbitrary: fc.shuffledSubarray([...names, 'a', '1', '__proto__', 'ä', '\\u0061'], { minLength: 0 }) },
);

/** Of one list mostly with the same names, written alike; now and then broken, down to single bytes. */
const messages: fc.Arbitrary<readonly Buffer[]> = fc
  .tuple(nameLists, fc.constantFrom('', ' ', '\n\t'), fc.integer({ min: 1, max: 6 }))
  .chain(([usual, space, count]) => {
    const object = (keys: readonly string[], values: readonly string[]): string =>
      `{${keys.map((key, at) => `${space}"${key}"${space}:${space}${values[at % values.length]}`).join(',')}${space}}`;
    const one = fc
      .tuple(
        fc.oneof({ weight: 9, arbitrary: fc.constant(usual) }, { weight: 1, arbitrary: nameLists }),
        fc.array(valueText, { minLength: 4, maxLength: 4 }),
      )
      .map(([keys, values]) => Buffer.from(object(keys, values)));
    const broken = fc.tuple(one, fc.nat(), fc.nat(255)).map(([whole, at, byte]) => {
      if (whole.length > 0) whole[at % whole.length] = byte;
      return whole;
    });
    const cut = fc.tuple(one, fc.nat()).map(([whole, at]) => whole.subarray(0, at % (whole.length + 1)));
    const behind = fc
      .tuple(one, fc.constantFrom(' ', '\n', '}', ' x'))
      .map(([whole, end]) => Buffer.concat([whole, Buffer.from(end)]));
    const any = fc.oneof(
      { weight: 12, arbitrary: one },
      { weight: 1, arbitrary: broken },
      { weight: 1, arbitrary: cut },
      { weight: 1, arbitrary: behind },
    );
    return fc.array(any, { minLength: count, maxLength: count });
  });

interface Read {
  readonly record: SinkRecord;
  readonly bytes: Buffer;
}

/** Those that can be read; with `flat` as the runtime gives it. Between other bytes, as in a batch. */
function readAll(list: readonly Buffer[]): readonly Read[] {
  const flats = json.flatReader!();
  return list.flatMap((each, offset) => {
    const inside = Buffer.concat([Buffer.from('"]}'), each, Buffer.from('"}0')]);
    const [start, end] = [3, 3 + each.length];
    const isFlat = flats.find(inside, start, end);
    const { shape, bounds, boundsAt } = flats;
    let value: unknown;
    try {
      ({ value } = json.read(inside, start, end));
    } catch (error) {
      if (isFlat) throw new Error(`flat, but not to be read: ${each.toString()}`, { cause: error });
      return [];
    }
    const shared = { topic: 't', partition: 0, offset, timestamp: 0, key: null, headers: [] };
    const flat = isFlat ? { shape, bytes: inside, bounds, boundsAt } : undefined;
    return [{ record: { ...shared, value, flat }, bytes: each }];
  });
}

test('what is called flat JSON is read as just those values', t => {
  let flatCount = 0;
  fc.assert(
    fc.property(messages, list => {
      for (const { record } of readAll(list)) {
        const { flat, value } = record;
        if (flat === undefined) continue;
        flatCount++;
        const object = value as Record<string, unknown>;
        if (Object.keys(object).join() !== flat.shape.names.join()) return false;
        for (const [at, name] of flat.shape.names.entries()) {
          const [from, to] = [flat.bounds[flat.boundsAt + at * 2]!, flat.bounds[flat.boundsAt + at * 2 + 1]!];
          const token = Buffer.from(flat.bytes).toString('utf8', from, to);
          const found = object[name];
          if ((typeof found === 'string' ? `"${found}"` : String(found)) !== token) return false;
        }
      }
      return true;
    }),
    { numRuns: 400 },
  );
  t.true(flatCount > 100);
});

/** [name of the type, its category] */
const types = [
  ['int4', 'N'],
  ['numeric', 'N'],
  ['float8', 'N'],
  ['money', 'N'],
  ['text', 'S'],
  ['bool', 'B'],
  ['timestamptz', 'D'],
  ['time', 'D'],
  ['interval', 'T'],
  ['bytea', 'U'],
  ['json', 'U'],
  ['jsonb', 'U'],
  ['uuid', 'U'],
  ['_int4', 'A'],
  ['mood', 'E'],
] as const;

function tableOf(kinds: readonly (typeof types)[number][]): TableShape {
  const columns = names.map((name, at): Column => {
    const [typeName, category] = kinds[at]!;
    const rest = {
      elementType: undefined,
      isRequired: false,
      isNullable: true,
      isComputed: false,
      isIdentityAlways: false,
    };
    return { name, type: typeName, typeName, category, ...rest };
  });
  const name = { schema: undefined, name: 't' } as unknown as TableShape['name'];
  return { oid: '1', name, sql: '"t"', columns: new Map(columns.map(each => [each.name, each])), primaryKey: ['id'] };
}

const insert = postgresSinkConfig.parse({ 'connection.url': 'postgres://localhost/x' });
const upsert = postgresSinkConfig.parse({
  'connection.url': 'postgres://localhost/x',
  'insert.mode': 'upsert',
  'pk.mode': 'record_value',
  'pk.fields': 'id',
});

for (const config of [insert, upsert]) {
  test(`rows of ${config['insert.mode']} made of bytes are those made of values, whatever the columns are`, t => {
    let [madeCount, flatCount] = [0, 0];
    const kinds = fc.array(fc.constantFrom(...types), { minLength: 4, maxLength: 4 });
    fc.assert(
      fc.property(messages, kinds, (list, kindOf) => {
        const flat = readAll(list).map(each => each.record);
        if (flat.length === 0) return true;
        const plain = flat.map(record => ({ ...record, flat: undefined }));
        const [left, right] = [flat, plain].map(each => shown(plainStatement(each, tableOf(kindOf), config)));
        if (right !== 'none') madeCount++;
        if (right !== 'none' && flat.some(record => record.flat !== undefined)) flatCount++;
        return left === right;
      }),
      { numRuns: 400 },
    );
    t.true(madeCount > 40 && flatCount > 40, `${madeCount} ${flatCount}`);
  });
}

function shown(statement: ReturnType<typeof plainStatement>): string {
  if (statement === undefined) return 'none';
  if (statement.kind === 'copy') return `${statement.sql}\n${Buffer.concat(statement.chunks).toString('latin1')}`;
  return JSON.stringify([statement.text, statement.values.map(value => Buffer.from(value).toString('latin1'))]);
}

const tableSql = `
  DROP TYPE IF EXISTS mood CASCADE; CREATE TYPE mood AS ENUM ('sad', 'ok');
  CREATE TABLE NAME (at int GENERATED ALWAYS AS IDENTITY, id text, i int, n numeric, d double precision, t text, y bytea, b boolean, s timestamptz,
    j jsonb, k json, u uuid, m mood, x int[])`;
const columnTexts: Readonly<Record<string, fc.Arbitrary<string>>> = {
  id: stringText,
  i: fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }).map(String),
  n: numberText,
  d: numberText,
  t: valueText,
  y: fc.constantFrom('"AAEC"', '"\\\\x00ff"', '"nothing!"', 'null'),
  b: fc.constantFrom('true', 'false', 'null', '"yes"', '1'),
  s: fc.constantFrom('"2024-02-29T12:00:00Z"', '1700000000000', 'null', '"-infinity"'),
  j: fc.oneof(fc.json(), fc.constantFrom('"{}"', '"[1,2]"', '1.50')),
  k: fc.constantFrom('"{}"', '{"a":1}', '12', 'true', 'null'),
  u: fc.constantFrom('"6f1c2ea8-5cbb-4b0e-8f8b-0c2a6f0f9c11"', 'null'),
  m: fc.constantFrom('"sad"', '"ok"', '"OK"', 'null'),
  x: fc.constantFrom('"{1,2}"', '[1,2]', 'null'),
};

testWithDatabase(
  'the tables and the dead letters of a sink that takes the bytes are those of one behind a transform that looks at nothing',
  async (t, log, database) => {
    const row = fc.tuple(...Object.values(columnTexts)).map(values => {
      const fields = Object.keys(columnTexts).map((name, at) => `"${name}":${values[at]}`);
      return Buffer.from(`{${fields.join(',')}}`);
    });
    const quietRow = fc.nat().map(n => Buffer.from(`{"id":"n${n}","t":"täglich 😀","i":${n % 1_000},"d":${n / 8}}`));
    const some = fc.oneof({ weight: 5, arbitrary: quietRow }, { weight: 1, arbitrary: row });
    const list = [
      ...fc.sample(quietRow, 100),
      ...fc.sample(some, 100),
      ...fc.sample(row, 50),
      ...fc.sample(messages, 15).flat(),
      Buffer.from('{}'),
      ...fc.sample(quietRow, 5),
    ];
    await using producer = log.producer();
    const rows = topic('rows', { key: bytes, value: bytes });
    await log.admin().createTopics([{ name: 'rows', partitions: 1 }]);
    for (const each of list) void producer.send(rows, { key: null, value: each });
    await producer.flush();
    const run = async (name: string, config: Readonly<Record<string, string>>) => {
      await database.query(tableSql.replace('NAME', name));
      const shared = { topics: 'rows', 'connection.url': database.url, 'table.name.format': name, 'batch.size': 20 };
      const dead = {
        'errors.deadletterqueue.topic.name': `${name}-dead`,
        'errors.deadletterqueue.context.headers.enable': true,
      };
      const sink = await startConnector(log, {
        name,
        connector: postgresSink,
        logger: quiet,
        config: { ...shared, ...dead, ...config },
      });
      await sink.finish();
      const letters = (await recordsOf(log, `${name}-dead`)).map(({ key, value, headers }) => ({
        key,
        value,
        stage: headers['__connect.errors.stage'],
        offset: headers['__connect.errors.offset'],
        message: headers['__connect.errors.exception.message']?.replaceAll(name, 'NAME'),
      }));
      return {
        rows: (await database.query(`SELECT *, j::text, k::text FROM ${name} ORDER BY at`)).map(
          ({ at: _, ...rest }) => rest,
        ),
        letters,
      };
    };
    const taken = await run('taken', {});
    const read = await run('looked', {
      transforms: 'none',
      'transforms.none.type': 'InsertHeader',
      'transforms.none.header': 'h',
      'transforms.none.value.literal': 'x',
    });
    t.deepEqual(taken, read);
    t.true(taken.rows.length > 120, String(taken.rows.length));
    t.true(taken.letters.some(({ message }) => /has no field to write/.test(String(message))));
    for (const stage of ['VALUE_CONVERTER', 'TASK_PUT'])
      t.true(
        taken.letters.some(letter => letter.stage === stage),
        stage,
      );
  },
);
