// Debezium's ExtractNewRecordState: out of a change event {before, after, source, op} the row as it now is. What is no change event passes as it is.

import { z } from 'zod';
import { option } from '../api/option.js';
import type { Schema } from '../api/schema.js';
import { defineTransform, type TransformHeader, type TransformRecord, type Valued } from '../api/transform.js';
import { type FieldSchema, type Fields, fieldOf, isPlainObject, schemaOfField } from './data-shape.js';

const modes = ['drop', 'tombstone', 'rewrite', 'rewrite-with-tombstone', 'delete-to-tombstone'] as const;

const spec = z.object({
  'delete.tombstone.handling.mode': option
    .choice(modes)
    .default('tombstone')
    .describe(
      'What a delete becomes: nothing, a record without value, or (`rewrite`) the old row with `__deleted`. The tombstone that Debezium sends behind a delete is left out, but with `rewrite-with-tombstone`.',
    ),
  'delete.handling.mode': option
    .choice(['drop', 'rewrite', 'none'])
    .optional()
    .describe('The option of Debezium 2: `none` is a record without value.'),
  'drop.tombstones': option.boolean().optional().describe('The option of Debezium 2: whether tombstones are left out.'),
  'add.fields': option
    .list()
    .default([])
    .describe(
      'Facts of the event as fields of the row: `op,source.lsn,source.table:tbl`; one without dot is looked for in the event, then in its source.',
    ),
  'add.fields.prefix': option.text().default('__').describe('Stands before their names.'),
  'add.headers': option.list().default([]).describe('The same, as headers.'),
  'add.headers.prefix': option.text().default('__').describe('Stands before their names.'),
  'route.by.field': option.text().default('').describe('A field of the row that names the topic.'),
});
type Config = z.output<typeof spec>;

export const unwrap = defineTransform({
  name: 'unwrap',
  aliases: ['ExtractNewRecordState', 'io.debezium.transforms.ExtractNewRecordState'],
  description: 'The new row out of a change event of Debezium.',
  config: spec,
  start(config) {
    const plan = planOf(config);
    return record => {
      if (record.value.value === null) return plan.keepsTombstones ? record : undefined;
      const event = eventOf(record.value);
      return event === undefined ? record : unwrapped(record, event, plan);
    };
  },
});

interface Addition {
  /** Where it stands in the event. */
  readonly path: readonly string[];
  readonly name: string;
}

interface Plan {
  readonly deleteAs: 'drop' | 'rewrite' | 'tombstone';
  readonly keepsTombstones: boolean;
  readonly fields: readonly Addition[];
  readonly headers: readonly Addition[];
  readonly topicField: string;
}

function planOf(config: Config): Plan {
  const mode = config['delete.tombstone.handling.mode'];
  const old = config['delete.handling.mode'];
  const isRewrite = old === undefined ? mode.startsWith('rewrite') : old === 'rewrite';
  const isDrop = old === undefined ? mode === 'drop' : old === 'drop';
  const dropsTombstones = config['drop.tombstones'] ?? mode !== 'rewrite-with-tombstone';
  return {
    deleteAs: isDrop ? 'drop' : isRewrite ? 'rewrite' : 'tombstone',
    keepsTombstones: !dropsTombstones,
    fields: config['add.fields'].map(each => additionOf(each, config['add.fields.prefix'])),
    headers: config['add.headers'].map(each => additionOf(each, config['add.headers.prefix'])),
    topicField: config['route.by.field'],
  };
}

function additionOf(given: string, prefix: string): Addition {
  const [place = '', renamed] = given.split(':');
  return { path: place.split('.'), name: `${prefix}${renamed ?? place.replaceAll('.', '_')}` };
}

interface ChangeEvent extends Valued {
  readonly fields: Fields;
  readonly op: string;
}

function eventOf({ schema, value }: Valued): ChangeEvent | undefined {
  if (!isPlainObject(value) || typeof value['op'] !== 'string') return undefined;
  const isEvent =
    schema === undefined
      ? 'source' in value && ('after' in value || 'before' in value)
      : schema.name?.endsWith('.Envelope');
  // A logical message has neither row.
  if (isEvent !== true || (schema !== undefined && fieldOf(schema, 'after') === undefined)) return undefined;
  return { schema, value, fields: value, op: value['op'] };
}

function unwrapped(record: TransformRecord, event: ChangeEvent, plan: Plan): TransformRecord | undefined {
  if (event.op === 't') return undefined;
  const isDelete = event.op === 'd';
  if (isDelete && plan.deleteAs === 'drop') return undefined;
  const row = (event.fields[isDelete ? 'before' : 'after'] ?? null) as Fields | null;
  const topic = row?.[plan.topicField];
  const routed = { ...record, ...(topic !== undefined && topic !== null && { topic: String(topic) }) };
  const headers = [...record.headers, ...headersOf(event, plan)];
  if (isDelete && plan.deleteAs === 'tombstone') {
    return { ...routed, headers, value: { schema: undefined, value: null } };
  }
  return { ...routed, headers, value: rowOf(event, row ?? {}, isDelete, plan) };
}

function headersOf(event: ChangeEvent, { headers }: Plan): readonly TransformHeader[] {
  return headers.flatMap(({ path, name }) => {
    const found = factOf(event, path);
    return found === undefined ? [] : [{ key: name, ...found }];
  });
}

function rowOf(event: ChangeEvent, row: Fields, isDelete: boolean, { deleteAs, fields }: Plan): Valued {
  const marks = deleteAs === 'rewrite' ? [{ name: '__deleted', schema: optionalText, value: String(isDelete) }] : [];
  const facts = fields.flatMap(({ path, name }) => {
    const found = factOf(event, path);
    return found === undefined ? [] : [{ name, ...found }];
  });
  const added = [...marks, ...facts];
  const value = { ...row, ...Object.fromEntries(added.map(each => [each.name, each.value] as const)) };
  if (event.schema === undefined) return { schema: undefined, value };
  const { optional: _optional, ...after } = schemaOfField(fieldOf(event.schema, 'after')!);
  const more = added.map(each => ({ ...(each.schema ?? optionalText), field: each.name }));
  return { schema: { ...after, fields: [...(after.fields ?? []), ...more] }, value };
}

const optionalText: Schema = { type: 'string', optional: true };

/** Undefined where the event has no such thing. */
function factOf({ schema, fields }: ChangeEvent, path: readonly string[]): Valued | undefined {
  const [first = '', second] = path;
  const isTop = schema === undefined ? first in fields : fieldOf(schema, first) !== undefined;
  const way = second !== undefined ? [first, second] : isTop ? [first] : ['source', first];
  let current: Schema | undefined = schema;
  let value: unknown = fields;
  for (const step of way) {
    if (schema !== undefined) {
      const field: FieldSchema | undefined = current && fieldOf(current, step);
      if (field === undefined) return undefined;
      current = schemaOfField(field);
    } else if (isPlainObject(value) && !(step in value)) return undefined;
    value = isPlainObject(value) ? (value[step] ?? null) : null;
  }
  return { schema: current === undefined ? undefined : { ...current, optional: true }, value };
}
