// Compiles the fields of a message, for one version, into closures that write and read it. Runs once per message and version.

import { ProtocolError } from '../base/errors.js';
import type { Field, Fields, PrimitiveName, WireType } from './field.js';
import type { MessageReader } from './message-reader.js';
import type { MessageWriter } from './message-writer.js';
import { includesVersion } from './version-range.js';

/** Both directions of one value. `sizeBytesMin`: no encoding of it is shorter. */
interface ValueCodec {
  readonly sizeBytesMin: number;
  write(out: MessageWriter, value: unknown): void;
  read(reader: MessageReader): unknown;
}

export type StructCodec = ValueCodec;

interface Target {
  readonly isFlexible: boolean;
  readonly title: string;
}

interface CompiledField {
  readonly name: string;
  readonly field: Field<unknown>;
  readonly codec: ValueCodec;
}

export function compileStruct(fields: Fields, version: number, target: Target): StructCodec {
  const inline: CompiledField[] = [];
  const tagged: CompiledField[] = [];
  const absent: { name: string; field: Field<unknown> }[] = [];
  for (const [name, field] of Object.entries(fields)) {
    if (!includesVersion(field.versions, version)) absent.push({ name, field });
    else {
      const compiled = { name, field, codec: compileField(name, field, version, target) };
      if (target.isFlexible && includesVersion(field.tagged, version)) tagged.push(compiled);
      else inline.push(compiled);
    }
  }
  const refused = absent.filter(({ field }) => !field.isIgnorable);
  // Every decoded message gets its properties in the declared order, so that all versions share one hidden class.
  const template = Object.fromEntries(Object.entries(fields).map(([name, field]) => [name, field.default]));
  const tags = target.isFlexible ? compileTags(tagged) : undefined;
  return {
    sizeBytesMin: inline.reduce((sum, each) => sum + each.codec.sizeBytesMin, tags === undefined ? 0 : 1),
    write(out, value) {
      const message = value as Record<string, unknown>;
      for (const { name, field } of refused) {
        if (!isDefault(field.type, message[name], field.default)) throw unsupported(name, target.title);
      }
      for (const { name, codec } of inline) codec.write(out, message[name]);
      tags?.write(out, message);
    },
    read(reader) {
      const message: Record<string, unknown> = { ...template };
      for (const { name, codec } of inline) message[name] = codec.read(reader);
      tags?.read(reader, message);
      return message;
    },
  };
}

interface TagsCodec {
  write(out: MessageWriter, message: Record<string, unknown>): void;
  read(reader: MessageReader, message: Record<string, unknown>): void;
}

function compileTags(tagged: CompiledField[]): TagsCodec {
  const sorted = [...tagged].sort((a, b) => a.field.tag! - b.field.tag!);
  return {
    write(out, message) {
      const sent = sorted.filter(({ name, field }) => !isDefault(field.type, message[name], field.default));
      out.unsignedVarint(sent.length);
      for (const { name, field, codec } of sent) {
        out.unsignedVarint(field.tag!);
        writeSized(out, codec, message[name]);
      }
    },
    read(reader, message) {
      for (let left = reader.unsignedVarint(); left > 0; left--) {
        const tag = reader.unsignedVarint();
        const sizeBytes = reader.unsignedVarint();
        const known = sorted.find(({ field }) => field.tag === tag);
        if (known === undefined) reader.skip(sizeBytes);
        else message[known.name] = reader.within(sizeBytes, known.codec.read);
      }
    },
  };
}

/** A varint in front holds the size, which is known only afterwards: the value is written first and moved by the varint's size. */
function writeSized(out: MessageWriter, codec: ValueCodec, value: unknown): void {
  const start = out.position;
  codec.write(out, value);
  const content = out.bytes.subarray(start, out.position);
  const copy = Buffer.from(content);
  out.position = start;
  out.unsignedVarint(copy.length);
  out.append(copy);
}

function compileField(name: string, field: Field<unknown>, version: number, target: Target): ValueCodec {
  const codec = compileType(field.type, version, target, includesVersion(field.nullable, version));
  const write = (out: MessageWriter, value: unknown): void => {
    if (value === null && !includesVersion(field.nullable, version)) {
      throw new ProtocolError('INVALID_REQUEST', `${target.title} cannot carry ${name}: null`);
    }
    codec.write(out, value);
  };
  return field.nullable === undefined ? codec : { ...codec, write };
}

function compileType(type: WireType, version: number, target: Target, isNullable: boolean): ValueCodec {
  switch (type.kind) {
    case 'struct':
      return isNullable
        ? nullableStruct(compileStruct(type.fields, version, target))
        : compileStruct(type.fields, version, target);
    case 'array':
      return compileArray(type.element, version, target, isNullable);
    case 'string':
    case 'bytes':
    case 'records':
      return sizedCodecs[type.kind](target.isFlexible, isNullable);
    default:
      return fixedCodecs[type.kind];
  }
}

const nullMark = -1;
const presentMark = 1;

/** One byte in front says whether there is a struct. */
function nullableStruct(codec: StructCodec): ValueCodec {
  return {
    sizeBytesMin: 1,
    write(out, value) {
      out.int8(value === null ? nullMark : presentMark);
      if (value !== null) codec.write(out, value);
    },
    read: reader => (reader.int8() < 0 ? null : codec.read(reader)),
  };
}

function compileArray(element: WireType, version: number, target: Target, isNullable: boolean): ValueCodec {
  const { isFlexible } = target;
  const codec = compileType(element, version, target, false);
  const elementBytesMin = Math.max(1, codec.sizeBytesMin);
  return {
    sizeBytesMin: isFlexible ? 1 : 4,
    write(out, value) {
      if (value === null) return out.length(-1, isFlexible);
      const elements = value as readonly unknown[];
      out.length(elements.length, isFlexible);
      for (const each of elements) codec.write(out, each);
    },
    read(reader) {
      const count = reader.elementCount(isFlexible, elementBytesMin);
      if (count === undefined) return nullOr(isNullable, reader);
      const elements: unknown[] = [];
      for (let index = 0; index < count; index++) elements.push(codec.read(reader));
      return elements;
    },
  };
}

type FixedName = Exclude<PrimitiveName, 'string' | 'bytes' | 'records'>;

const fixedCodecs: Readonly<Record<FixedName, ValueCodec>> = {
  int8: { sizeBytesMin: 1, write: (out, value) => out.int8(value as number), read: reader => reader.int8() },
  int16: { sizeBytesMin: 2, write: (out, value) => out.int16(value as number), read: reader => reader.int16() },
  uint16: { sizeBytesMin: 2, write: (out, value) => out.uint16(value as number), read: reader => reader.uint16() },
  int32: { sizeBytesMin: 4, write: (out, value) => out.int32(value as number), read: reader => reader.int32() },
  int64: { sizeBytesMin: 8, write: (out, value) => out.int64(value as number), read: reader => reader.int64() },
  bool: { sizeBytesMin: 1, write: (out, value) => out.int8(value === true ? 1 : 0), read: r => r.int8() !== 0 },
  uuid: { sizeBytesMin: 16, write: (out, value) => out.uuid(value as string), read: reader => reader.uuid() },
};

type SizedCompiler = (isFlexible: boolean, isNullable: boolean) => ValueCodec;

const sizedCodecs: Readonly<Record<'string' | 'bytes' | 'records', SizedCompiler>> = {
  string: (isFlexible, isNullable) => ({
    sizeBytesMin: isFlexible ? 1 : 2,
    write(out, value) {
      if (value !== null) out.string(value as string, isFlexible);
      else if (isFlexible) out.unsignedVarint(0);
      else out.int16(-1);
    },
    read: reader => reader.string(isFlexible) ?? nullOr(isNullable, reader),
  }),
  bytes: (isFlexible, isNullable) => ({
    sizeBytesMin: isFlexible ? 1 : 4,
    write(out, value) {
      out.length(value === null ? -1 : (value as Uint8Array).length, isFlexible);
      if (value !== null) out.append(value as Uint8Array);
    },
    // Copied: what is kept of a message must not keep its whole frame alive. (Records are too large for that.)
    read(reader) {
      const view = reader.view(isFlexible);
      return view === undefined ? nullOr(isNullable, reader) : new Uint8Array(view);
    },
  }),
  records: isFlexible => ({
    sizeBytesMin: isFlexible ? 1 : 4,
    // No batches are sent as zero bytes, never as null, which librdkafka refuses in a Fetch response.
    write(out, value) {
      const batches = value as readonly Uint8Array[];
      let sizeBytes = 0;
      for (const batch of batches) sizeBytes += batch.length;
      out.length(sizeBytes, isFlexible);
      for (const batch of batches) out.batch(batch);
    },
    read(reader) {
      const view = reader.view(isFlexible);
      return view === undefined || view.length === 0 ? [] : [view];
    },
  }),
};

function nullOr(isNullable: boolean, reader: MessageReader): null {
  if (!isNullable) throw reader.malformed('null where a value must be');
  return null;
}

function isDefault(type: WireType, value: unknown, byDefault: unknown): boolean {
  if (value === byDefault) return true;
  if (value === null || byDefault === null) return false;
  if (type.kind === 'array' || type.kind === 'bytes' || type.kind === 'records') {
    return (value as { length: number }).length === 0 && (byDefault as { length: number }).length === 0;
  }
  if (type.kind !== 'struct') return false;
  const message = value as Record<string, unknown>;
  return Object.entries(type.fields).every(([name, field]) => isDefault(field.type, message[name], field.default));
}

function unsupported(name: string, title: string): ProtocolError {
  return new ProtocolError(
    'UNSUPPORTED_VERSION',
    `${title} has no ${name}, and leaving it out would change the meaning`,
  );
}
