import { z } from 'zod';
import { option } from '../api/option.js';
import type { Schema } from '../api/schema.js';
import { defineTransform } from '../api/transform.js';
import {
  type FieldSchema,
  type Fields,
  fieldValue,
  isPlainObject,
  requireFields,
  requireStruct,
  structWith,
} from './data-shape.js';

const spec = z.object({ delimiter: option.text().default('.').describe('Stands between the names of nested fields.') });
const purpose = 'flattening';

/** Kafka Connect's Flatten. */
export const flatten = defineTransform({
  name: 'Flatten',
  hasSides: true,
  description: 'Nested objects become fields of one. Arrays stay as they are.',
  config: spec,
  start({ delimiter }, { side }) {
    return record => {
      const { schema, value } = record[side];
      if (schema === undefined) {
        if (value === null) return record;
        const flat = flatFields(requireFields(value, purpose), '', delimiter);
        return { ...record, [side]: { schema, value: Object.fromEntries(flat) } };
      }
      const struct = value === null ? null : requireStruct(value, schema, purpose);
      if (schema.type !== 'struct') return record;
      const leaves = leavesOf(schema, struct, {
        prefix: '',
        delimiter,
        isOptional: schema.optional === true,
        preset: undefined,
      });
      const flat =
        struct === null ? null : Object.fromEntries(leaves.map(({ field, value: each }) => [field.field, each]));
      const fields = leaves.map(({ field }) => field);
      return { ...record, [side]: structWith(schema, fields, flat) };
    };
  },
});

function flatFields(fields: Fields, prefix: string, delimiter: string): readonly (readonly [string, unknown])[] {
  return Object.entries(fields).flatMap(([name, value]) => {
    const path = prefix === '' ? name : `${prefix}${delimiter}${name}`;
    return isPlainObject(value) || value instanceof Map
      ? flatFields(requireFields(value, purpose), path, delimiter)
      : [[path, value] as const];
  });
}

interface Leaf {
  readonly field: FieldSchema;
  readonly value: unknown;
}

interface FlatteningWay {
  readonly prefix: string;
  readonly delimiter: string;
  readonly isOptional: boolean;
  /** What the whole has by default. */
  readonly preset: Fields | undefined;
}

/** A field of something optional is optional itself, and has the default that the whole has for it. */
function leavesOf(schema: Schema, struct: Fields | null, way: FlatteningWay): readonly Leaf[] {
  return (schema.fields ?? []).flatMap(field => {
    const name = way.prefix === '' ? field.field : `${way.prefix}${way.delimiter}${field.field}`;
    const preset = field.default ?? way.preset?.[field.field];
    const isOptional = way.isOptional || field.optional === true;
    if (field.type === 'struct') {
      const inner = (struct?.[field.field] ?? null) as Fields | null;
      const { delimiter } = way;
      return leavesOf(field, inner, { prefix: name, delimiter, isOptional, preset: preset as Fields | undefined });
    }
    const value = struct === null ? null : fieldValue(struct, field, true);
    const said = {
      ...(isOptional && { optional: true }),
      ...(preset !== undefined && preset !== null && { default: preset }),
    };
    return [{ field: { ...field, field: name, ...said }, value }];
  });
}
