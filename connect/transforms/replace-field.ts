import { z } from 'zod';
import { ConfigError } from '../api/errors.js';
import { option } from '../api/option.js';
import { defineTransform, type Valued } from '../api/transform.js';
import { fieldValue, requireFields, requireStruct, structWith } from './data-shape.js';

const spec = z.object({
  exclude: option.list().default([]).describe('Fields to leave out.'),
  include: option.list().default([]).describe('Fields to keep; without it, all.'),
  renames: option.list().default([]).describe('`from:to` pairs.'),
  'replace.null.with.default': option
    .boolean()
    .default(true)
    .describe('A field that is not set has the default of its schema.'),
});
const purpose = 'field replacement';

interface Replacement {
  isKept(field: string): boolean;
  nameOf(field: string): string;
  readonly replacesNull: boolean;
}

/** Kafka Connect's ReplaceField. */
export const replaceField = defineTransform({
  name: 'ReplaceField',
  hasSides: true,
  description: 'Leaves out or renames fields.',
  config: spec,
  start(options, { side }) {
    const renames = new Map(options.renames.map(pairOf));
    const replacement: Replacement = {
      isKept: field =>
        !options.exclude.includes(field) && (options.include.length === 0 || options.include.includes(field)),
      nameOf: field => renames.get(field) ?? field,
      replacesNull: options['replace.null.with.default'],
    };
    return record => {
      if (record[side].value === null) return record;
      return { ...record, [side]: replaced(record[side], replacement) };
    };
  },
});

function replaced({ schema, value }: Valued, { isKept, nameOf, replacesNull }: Replacement): Valued {
  if (schema === undefined) {
    const fields = Object.entries(requireFields(value, purpose)).filter(([field]) => isKept(field));
    return { schema, value: Object.fromEntries(fields.map(([field, each]) => [nameOf(field), each])) };
  }
  const struct = requireStruct(value, schema, purpose);
  const fields = (schema.fields ?? []).filter(({ field }) => isKept(field));
  const values = fields.map(each => [nameOf(each.field), fieldValue(struct, each, replacesNull)] as const);
  const renamed = fields.map(each => ({ ...each, field: nameOf(each.field) }));
  return structWith(schema, renamed, Object.fromEntries(values));
}

function pairOf(pair: string, _at: number, renames: readonly string[]): readonly [string, string] {
  const parts = pair.split(':');
  if (parts.length !== 2) {
    throw new ConfigError(
      `Invalid value [${renames.join(', ')}] for configuration renames: Invalid rename mapping: ${pair}`,
    );
  }
  return [parts[0]!, parts[1]!];
}
