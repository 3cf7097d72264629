import fc from 'fast-check';
import type { Field, Fields, WireType } from '../../../core/protocol/field.js';
import type { Schema } from '../../../core/protocol/schema.js';
import { includesVersion } from '../../../core/protocol/version-range.js';

/** Any message that this version can carry: fields that it does not have keep their default. */
export function arbitraryMessage<V>(schema: Schema<V>, version: number): fc.Arbitrary<V> {
  return arbitraryStruct(schema.fields, version) as fc.Arbitrary<V>;
}

function arbitraryStruct(fields: Fields, version: number): fc.Arbitrary<object> {
  const arbitraries = Object.entries(fields).map(([name, field]) => [name, arbitraryField(field, version)]);
  return fc.record(Object.fromEntries(arbitraries) as Record<string, fc.Arbitrary<unknown>>, { noNullPrototype: true });
}

function arbitraryField(field: Field<unknown>, version: number): fc.Arbitrary<unknown> {
  if (!includesVersion(field.versions, version)) return fc.constant(field.default);
  const value = arbitraryValue(field.type, version);
  return includesVersion(field.nullable, version) ? fc.option(value, { nil: null, freq: 4 }) : value;
}

function arbitraryValue(type: WireType, version: number): fc.Arbitrary<unknown> {
  switch (type.kind) {
    case 'struct':
      return arbitraryStruct(type.fields, version);
    case 'array':
      return fc.array(arbitraryValue(type.element, version), { maxLength: 3 });
    case 'string':
      return fc.string({ maxLength: 12, unit: 'grapheme' });
    case 'bytes':
      return fc.uint8Array({ maxLength: 12 });
    case 'records':
      return fc.uint8Array({ minLength: 1, maxLength: 12 }).map(batch => [batch]);
    case 'uuid':
      return fc.uint8Array({ minLength: 16, maxLength: 16 }).map(id => Buffer.from(id).toString('base64url'));
    case 'bool':
      return fc.boolean();
    case 'int64':
      return fc.maxSafeInteger();
    case 'int32':
      return fc.integer();
    case 'int16':
      return fc.integer({ min: -0x8000, max: 0x7fff });
    case 'uint16':
      return fc.integer({ min: 0, max: 0xffff });
    case 'int8':
      return fc.integer({ min: -0x80, max: 0x7f });
  }
}
