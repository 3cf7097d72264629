// Transforms that Kafka Connect does not have, and plugins of transforms and converters; the table of docs/transforms.md.

import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import { z } from 'zod';
import { defineConverter, option, optionTable, type TransformRecord } from '../../connect/api/index.js';
import { configuredConverter } from '../../connect/converters/configured-converter.js';
import { converters } from '../../connect/converters/named-converter.js';
import { chainOf } from '../../connect/index.js';
import { predicates, transforms } from '../../connect/transforms/named-transform.js';
import { projectRoot } from '../architecture/source-files.js';

function recordOf(value: unknown, more: Partial<TransformRecord> = {}): TransformRecord {
  return {
    topic: 'goods',
    partition: 0,
    offset: 7,
    timestamp: 1_000,
    key: { schema: undefined, value: { id: 1 } },
    value: { schema: undefined, value },
    headers: [],
    ...more,
  };
}

const source = { lsn: 5, table: 'goods' };
const update = { before: null, after: { id: 1, name: 'nut' }, source, op: 'u', ts_ms: 9 };
const deletion = { before: { id: 1, name: null }, after: null, source, op: 'd', ts_ms: 9 };

function unwrap(settings: Record<string, unknown>) {
  const own = Object.entries(settings).map(([key, value]) => [`transforms.u.${key}`, value] as const);
  const chain = chainOf({
    transforms: 'u',
    'transforms.u.type': 'io.debezium.transforms.ExtractNewRecordState',
    ...Object.fromEntries(own),
  });
  return (value: unknown) => chain.apply(recordOf(value)) as TransformRecord | undefined;
}

test('unwrap makes rows of change events, and of deletes what its mode says', t => {
  const mode = 'delete.tombstone.handling.mode';
  const expected: Record<string, readonly unknown[]> = {
    drop: [{ id: 1, name: 'nut' }, undefined, undefined],
    tombstone: [{ id: 1, name: 'nut' }, null, undefined],
    'delete-to-tombstone': [{ id: 1, name: 'nut' }, null, undefined],
    rewrite: [{ id: 1, name: 'nut', __deleted: 'false' }, { id: 1, name: null, __deleted: 'true' }, undefined],
    'rewrite-with-tombstone': [
      { id: 1, name: 'nut', __deleted: 'false' },
      { id: 1, name: null, __deleted: 'true' },
      null,
    ],
  };
  for (const [name, answers] of Object.entries(expected)) {
    const apply = unwrap({ [mode]: name });
    t.deepEqual(
      [update, deletion, null].map(each => apply(each)?.value.value),
      answers,
      name,
    );
  }
  const old = unwrap({ 'delete.handling.mode': 'rewrite', 'drop.tombstones': 'false' });
  t.deepEqual(
    [deletion, null].map(each => old(each)?.value.value),
    [{ id: 1, name: null, __deleted: 'true' }, null],
  );
  t.is(unwrap({})({ ...update, op: 't', after: null }), undefined, 'a truncate is no row');
  t.deepEqual(unwrap({})({ id: 3 })?.value.value, { id: 3 }, 'no change event');
});

test('unwrap adds facts of the event as fields and headers, and routes by a field', t => {
  const apply = unwrap({
    'add.fields': 'op:operation,source.lsn,table,no_such',
    'add.fields.prefix': '_',
    'add.headers': 'source.lsn',
    'route.by.field': 'name',
  });
  const row = apply(update)!;
  t.deepEqual(row.value.value, { id: 1, name: 'nut', _operation: 'u', _source_lsn: 5, _table: 'goods' });
  t.deepEqual(row.headers, [{ key: '__source_lsn', schema: undefined, value: 5 }]);
  t.is(row.topic, 'nut');
  t.is(apply(deletion)!.topic, 'goods', 'a delete whose old row does not say');
});

test('unwrap gives the row the schema of the event’s after', t => {
  const after = { type: 'struct', name: 'goods.Value', fields: [{ field: 'id', type: 'int32' }] } as const;
  const schema = {
    type: 'struct',
    name: 'goods.Envelope',
    fields: [
      { ...after, optional: true, field: 'before' },
      { ...after, optional: true, field: 'after' },
      { field: 'op', type: 'string' },
    ],
  } as const;
  const chain = chainOf({ transforms: 'u', 'transforms.u.type': 'unwrap', 'transforms.u.add.fields': 'op' });
  const value = { schema, value: { before: null, after: { id: 1 }, op: 'c' } };
  const row = chain.apply(recordOf(null, { value })) as TransformRecord;
  t.deepEqual(row.value, {
    schema: { ...after, fields: [...after.fields, { field: '__op', type: 'string', optional: true }] },
    value: { id: 1, __op: 'c' },
  });
});

test('jsonata makes values, whole records and predicates, and refuses what is no expression', async t => {
  const chain = (config: Record<string, unknown>) =>
    chainOf({ transforms: 'j', 'transforms.j.type': 'jsonata', ...config });
  const value = chain({ 'transforms.j.expression': 'value.{"id": id, "sum": $sum(items.price), "at": $$.timestamp}' });
  const order = { id: 4, items: [{ price: 1.5 }, { price: 2 }] };
  t.deepEqual((await value.apply(recordOf(order)))?.value.value, { id: 4, sum: 3.5, at: 1_000 });
  const many = await Promise.all([1, 2, 3].map(async id => await value.apply(recordOf({ ...order, id }))));
  t.deepEqual(
    many.map(record => (record!.value.value as { id: number }).id),
    [1, 2, 3],
    'evaluations under way together keep apart',
  );
  const whole = chain({
    'transforms.j.expression': '{"key": value.id, "topic": "orders-" & value.kind}',
    'transforms.j.target': 'record',
  });
  t.like(await whole.apply(recordOf({ id: 9, kind: 'a' })), { topic: 'orders-a', key: { value: 9 } });
  const filter = chainOf({
    transforms: 'f',
    'transforms.f.type': 'Filter',
    'transforms.f.predicate': 'small',
    predicates: 'small',
    'predicates.small.type': 'jsonata',
    'predicates.small.expression': 'value.price < 2',
  });
  t.is(await filter.apply(recordOf({ price: 1 })), undefined);
  t.deepEqual(await filter.apply(recordOf({ price: 2 })), recordOf({ price: 2 }));
  await t.throwsAsync(async () => chain({ 'transforms.j.expression': 'value.nothing' }).apply(recordOf({})), {
    message: /transform j: the expression gives nothing/,
  });
  const drop = chain({ 'transforms.j.expression': 'value.nothing', 'transforms.j.on.nothing': 'drop' });
  t.is(await drop.apply(recordOf({})), undefined);
  t.throws(() => chain({ 'transforms.j.expression': 'value.{' }), {
    message: /transforms\.j\.expression: .*character/,
  });
});

test('a converter of one’s own is named in the configuration, and has settings', t => {
  const hex = defineConverter({
    name: 'hex',
    description: 'Bytes as hexadecimal digits.',
    config: z.object({ upper: option.boolean().default(false).describe('In capitals.') }),
    start: ({ upper }) => ({
      name: 'hex',
      write: () => {},
      read(bytes, start, end) {
        const text = Buffer.from(bytes.subarray(start, end)).toString('hex');
        return { value: upper ? text.toUpperCase() : text };
      },
    }),
  });
  const options = { fallback: 'string', plugins: [hex] };
  const config = { 'value.converter': 'hex', 'value.converter.upper': 'true' };
  const converter = configuredConverter(config, 'value', options);
  t.is(converter.read(Buffer.from([171, 1]), 0, 2).value, 'AB01');
  t.throws(() => configuredConverter({ ...config, 'value.converter.uper': 'x' }, 'value', options), {
    message: /value\.converter\.uper: the hex converter has no such option/,
  });
  t.throws(() => configuredConverter({ 'value.converter': 'hx' }, 'value', options), { message: /no converter "hx"/ });
});

test('docs/transforms.md has every transform, predicate and converter, from its spec (UPDATE=1 writes it anew)', t => {
  const path = join(projectRoot, 'docs/transforms.md');
  const text = readFileSync(path, 'utf8');
  const begin = '<!-- generated -->\n';
  const head = text.slice(0, text.indexOf(begin) + begin.length);
  const written = head + tables();
  if (process.env['UPDATE'] === '1') writeFileSync(path, written);
  t.is(readFileSync(path, 'utf8'), written);
});

function tables(): string {
  const part = (title: string, all: readonly Parameters<typeof section>[0][]) =>
    `\n## ${title}\n${all.map(section).join('')}`;
  return part('Transforms', transforms) + part('Predicates', predicates) + part('Converters', converters);
}

function section(
  each: (typeof transforms)[number] | (typeof predicates)[number] | (typeof converters)[number],
): string {
  const names =
    each.kind === 'transform' && each.hasSides === true ? `${each.name}$Key, ${each.name}$Value` : each.name;
  const aliases = each.aliases === undefined ? '' : ` Also: ${each.aliases.map(alias => `\`${alias}\``).join(', ')}.`;
  const options = Object.keys(each.config.shape).length === 0 ? '' : `\n${optionTable(each.config)}`;
  return `\n### ${names}\n\n${each.description}${aliases}\n${options}`;
}
