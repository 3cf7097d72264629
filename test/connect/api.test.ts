import test from 'ava';
import fc from 'fast-check';
import { z } from 'zod';
import { type ByteArena, configKeys, DataError, option, optionTable, type Schema } from '../../connect/api/index.js';
import { namedConverter } from '../../connect/converters/named-converter.js';
import { readConfig } from '../../connect/runtime/connector-config.js';
import { sinkRuntimeOptions } from '../../connect/runtime/runtime-options.js';
import { SubmittedBatches } from '../../connect/runtime/source/submitted-batches.js';
import { fileSinkConfig } from '../../connectors/file/file-sink-config.js';
import { Arena } from '../../core/records/arena.js';

const spec = z.object({
  count: option.integer(1, 10).default(3).describe('How many.'),
  isLoud: option.boolean().default(false).describe('Whether | it is loud.'),
  wait: option.durationMs().default(500).describe('How long.'),
  size: option.sizeBytes().optional().describe('How large.'),
  kind: option.choice(['round', 'square']).describe('Which shape.'),
  names: option.list().default([]).describe('Which ones.'),
  password: option.secret().optional().describe('Never shown.'),
});

test('an option is the same whether it comes typed or as text', t => {
  const typed = { count: 7, isLoud: true, wait: 5000, size: 65536, kind: 'square', names: ['a', 'b'] };
  const texts = { count: '7', isLoud: 'TRUE', wait: '5s', size: '64KiB', kind: 'square', names: 'a, b' };
  t.deepEqual(spec.parse(texts), spec.parse(typed));
  t.like(spec.parse(typed), typed);
  for (const wrong of [
    { count: 11 },
    { count: '1.5' },
    { isLoud: 'yes' },
    { wait: 'soon' },
    { size: '-1' },
    { kind: 'oval' },
  ]) {
    t.false(spec.safeParse({ kind: 'round', ...wrong }).success, JSON.stringify(wrong));
  }
});

test('the option table is made of the spec', t => {
  t.is(
    optionTable(spec),
    `| option | type | default | meaning |
|---|---|---|---|
| \`count\` | integer | \`3\` | How many. |
| \`isLoud\` | boolean | \`false\` | Whether \\| it is loud. |
| \`wait\` | duration | \`500\` | How long. |
| \`size\` | size |  | How large. |
| \`kind\` | \`round\`, \`square\` | (required) | Which shape. |
| \`names\` | list |  | Which ones. |
| \`password\` | password |  | Never shown. |
`,
  );
  t.deepEqual(
    configKeys(spec)
      .filter(key => key.isSecret)
      .map(key => key.name),
    ['password'],
  );
});

test('every fault of a configuration is told at once, unknown keys with the nearest valid one', t => {
  const config = { directroy: 'out', topics: 'a', 'flush.size': 0, content: 'valu' };
  const error = t.throws(() => readConfig({ name: 'files', config }, sinkRuntimeOptions, fileSinkConfig), {
    name: 'UsageError',
  });
  for (const part of [
    'connector files',
    'directroy: there is no such option (did you mean "directory"?)',
    'directory: this option is required',
    'flush.size: must be a whole number from 1',
    'content: must be one of value, record (did you mean "value"?)',
  ]) {
    t.true(error.message.includes(part), `${part} in: ${error.message}`);
  }
});

function roundTrip(converter: ReturnType<typeof namedConverter>, value: unknown, schema?: Schema) {
  const arena: ByteArena & Arena = new Arena(1);
  arena.append(Buffer.from('xx'));
  converter.write(value, arena, schema);
  const read = converter.read(arena.bytes, 2, arena.position);
  return { text: arena.bytes.toString('utf8', 2, arena.position), ...read };
}

const text = namedConverter('string', { part: 'value' });
const raw = namedConverter('bytes', { part: 'value' });
const json = namedConverter('json', { part: 'value' });

test('converters read what they wrote, and refuse what would come back as something else', t => {
  t.is(roundTrip(text, 'größe 😀').value, 'größe 😀');
  t.is(roundTrip(text, 12).text, '12');
  t.deepEqual(roundTrip(json, { a: [1, null, 'x'] }).value, { a: [1, null, 'x'] });
  const arena = new Arena();
  raw.write(Buffer.from([1, 2, 255]), arena);
  t.deepEqual(raw.read(arena.bytes, 0, arena.position).value, Buffer.from([1, 2, 255]));
  for (const [converter, value] of [
    [text, Buffer.from('bytes')],
    [text, { a: 1 }],
    [raw, 'text'],
    [json, () => 1],
    [json, { a: [() => 1] }],
  ] as const) {
    t.throws(() => converter.write(value, new Arena()), { instanceOf: DataError });
  }
  const noJson = Buffer.from('{"a":');
  const error = t.throws(() => json.read(noJson, 0, noJson.length), {
    instanceOf: DataError,
  });
  t.true(error.message.includes('such as string'), error.message);
});

test('the JSON envelope is Kafka Connect’s', t => {
  const converter = namedConverter('org.apache.kafka.connect.json.JsonConverter', { part: 'value' });
  const schema: Schema = {
    type: 'struct',
    name: 'flight',
    fields: [
      { field: 'code', type: 'string' },
      { field: 'raw', type: 'bytes', optional: true },
      { field: 'legs', type: 'array', items: { type: 'int32' } },
      { field: 'byNumber', type: 'map', keys: { type: 'int32' }, values: { type: 'string' } },
    ],
  };
  const required = { optional: false };
  const whole = {
    ...schema,
    ...required,
    fields: [
      { field: 'code', type: 'string', ...required },
      { field: 'raw', type: 'bytes', optional: true },
      { field: 'legs', type: 'array', items: { type: 'int32', ...required }, ...required },
      {
        field: 'byNumber',
        type: 'map',
        keys: { type: 'int32', ...required },
        values: { type: 'string', ...required },
        ...required,
      },
    ],
  };
  const value = { code: 'ATL', raw: Buffer.from([1, 2]), legs: [1, 2], byNumber: new Map([[7, 'x']]) };
  const { text, ...read } = roundTrip(converter, value, schema);
  t.deepEqual(JSON.parse(text), {
    schema: whole,
    payload: { code: 'ATL', raw: 'AQI=', legs: [1, 2], byNumber: [[7, 'x']] },
  });
  t.deepEqual(read, { value, schema });
  t.deepEqual(JSON.parse(roundTrip(converter, { a: 1 }).text), { schema: null, payload: { a: 1 } });
  const plain = Buffer.from('{"a":1}');
  t.throws(() => converter.read(plain, 0, plain.length), { message: /schemas\.enable=false/ });
  const wrong = t.throws(() => converter.write({ ...value, legs: [1, 'two'] }, new Arena(), schema), {
    instanceOf: DataError,
  });
  t.true(wrong.message.startsWith('value.legs[1] is string two'), wrong.message);
});

test('converters are found by their short names and by Kafka Connect’s', t => {
  const options = { part: 'value' } as const;
  t.is(namedConverter('org.apache.kafka.connect.json.JsonConverter', options).name, 'json');
  t.like(
    t.throws(() => namedConverter('jsno', options)),
    { name: 'ConfigError', given: 'jsno' },
  );
});

test('an offset is committable when all before it are acknowledged, and only once', t => {
  let waited = 0;
  const batches = fc.array(fc.record({ file: fc.constantFrom('a', 'b'), at: fc.nat() }), { maxLength: 12 });
  fc.assert(
    fc.property(batches, fc.infiniteStream(fc.nat()), (given, choices) => {
      const submitted = new SubmittedBatches();
      const open = given.map(({ file }, index) => ({
        file,
        index,
        batch: submitted.submit({ partition: { file }, offset: { index } }),
      }));
      const committed = new Map<string, number>();
      while (open.length > 0) {
        const [next] = open.splice(choices.next().value % open.length, 1);
        submitted.acknowledge(next!.batch);
        for (const { partition, offset } of submitted.takeCommittable()) {
          const file = String(partition['file']);
          t.true(Number(offset['index']) > (committed.get(file) ?? -1));
          committed.set(file, Number(offset['index']));
        }
        for (const [file, index] of committed) t.false(open.some(each => each.file === file && each.index <= index));
        waited += open.length > 0 ? 1 : 0;
      }
      for (const file of ['a', 'b'])
        t.is(
          committed.get(file) ?? -1,
          given.findLastIndex(each => each.file === file),
        );
      t.is(submitted.waitingCount, 0);
      t.deepEqual(submitted.takeCommittable(), []);
    }),
  );
  t.true(waited > 50);
});
