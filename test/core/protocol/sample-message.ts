import { type Field, type Fields, filled, type WireType } from '../../../core/protocol/field.js';
import type { Schema } from '../../../core/protocol/schema.js';
import { includesVersion } from '../../../core/protocol/version-range.js';

/** `full`: every field of the version has a value that is not its default. `bare`: null where it may be, else nothing. */
export type SampleKind = 'full' | 'bare';

/** The same message each time, told by its schema, version and kind. */
export function sampleMessage<V>(schema: Schema<V>, version: number, kind: SampleKind): V {
  return sampleStruct(schema.fields, version, kind) as V;
}

function sampleStruct(fields: Fields, version: number, kind: SampleKind): object {
  const given = Object.entries(fields)
    .filter(([, field]) => includesVersion(field.versions, version))
    .map(([name, field], index) => [name, sampleField(field, { name, index, version, kind })]);
  return filled(fields, Object.fromEntries(given));
}

interface Place {
  readonly name: string;
  readonly index: number;
  readonly version: number;
  readonly kind: SampleKind;
}

function sampleField(field: Field<unknown>, place: Place): unknown {
  if (place.kind === 'full') return sampleValue(field.type, place);
  if (includesVersion(field.nullable, place.version)) return null;
  return includesVersion(field.tagged, place.version) || field.default === null ? field.default : bareValue(field);
}

function bareValue({ type, default: byDefault }: Field<unknown>): unknown {
  return type.kind === 'array' ? [] : byDefault;
}

function sampleValue(type: WireType, place: Place): unknown {
  const { name, index, version } = place;
  switch (type.kind) {
    case 'struct':
      return sampleStruct(type.fields, version, place.kind);
    case 'array':
      return [0, 1].map(each => sampleValue(type.element, { ...place, index: index + each }));
    case 'string':
      return `${name}-${index}-é€😀`;
    case 'bytes':
      return Uint8Array.from([1, 2, 255, index]);
    case 'records':
      return [Uint8Array.from([9, 8, 7, index])];
    case 'uuid':
      return Buffer.from(`a uuid of 16 b ${index % 10}`).toString('base64url');
    case 'bool':
      return true;
    case 'int64':
      return index % 2 === 0 ? 2 ** 41 + index : -(2 ** 40) - index;
    case 'int32':
      return index % 2 === 0 ? 70_000 + index : -70_000 - index;
    case 'int16':
      return index % 2 === 0 ? 300 + index : -300 - index;
    case 'uint16':
      return 65_000 + index;
    case 'int8':
      return index % 2 === 0 ? 100 + index : -100 - index;
  }
}
