// Kafka Connect's converters of numbers and booleans: as Kafka's own serializers write them, big-endian.

import { z } from 'zod';
import { type ConverterDefinition, defineConverter } from '../api/converter.js';
import { DataError } from '../api/errors.js';
import type { SchemaType } from '../api/schema.js';
import { fitsWhole, isWholeType, wholeNumber } from '../api/values/whole-number.js';

interface NumberFormat {
  readonly name: string;
  readonly className: string;
  readonly type: SchemaType;
  readonly sizeBytes: number;
  write(value: never, bytes: Buffer, at: number): void;
  read(bytes: DataView): unknown;
}

const formats: readonly NumberFormat[] = [
  {
    name: 'short',
    className: 'ShortConverter',
    type: 'int16',
    sizeBytes: 2,
    write: (value: number, bytes, at) => bytes.writeInt16BE(value, at),
    read: bytes => bytes.getInt16(0),
  },
  {
    name: 'integer',
    className: 'IntegerConverter',
    type: 'int32',
    sizeBytes: 4,
    write: (value: number, bytes, at) => bytes.writeInt32BE(value, at),
    read: bytes => bytes.getInt32(0),
  },
  {
    name: 'long',
    className: 'LongConverter',
    type: 'int64',
    sizeBytes: 8,
    write: (value: number | bigint, bytes, at) => bytes.writeBigInt64BE(BigInt(value), at),
    read: bytes => wholeNumber(bytes.getBigInt64(0)),
  },
  {
    name: 'float',
    className: 'FloatConverter',
    type: 'float',
    sizeBytes: 4,
    write: (value: number, bytes, at) => bytes.writeFloatBE(value, at),
    read: bytes => bytes.getFloat32(0),
  },
  {
    name: 'double',
    className: 'DoubleConverter',
    type: 'double',
    sizeBytes: 8,
    write: (value: number, bytes, at) => bytes.writeDoubleBE(value, at),
    read: bytes => bytes.getFloat64(0),
  },
  {
    name: 'boolean',
    className: 'BooleanConverter',
    type: 'boolean',
    sizeBytes: 1,
    write: (value: boolean, bytes, at) => bytes.writeUInt8(value ? 1 : 0, at),
    read: bytes => booleanOf(bytes.getUint8(0)),
  },
];

export const numberConverters: readonly ConverterDefinition[] = formats.map(converterOf);

function converterOf(format: NumberFormat): ConverterDefinition {
  const { name, className, type, sizeBytes } = format;
  const schema = { type, optional: true } as const;
  return defineConverter({
    name,
    aliases: [`org.apache.kafka.connect.converters.${className}`],
    description: `${type === 'boolean' ? 'A boolean' : `A number (${type})`} in ${sizeBytes === 1 ? 'one byte' : `${sizeBytes} bytes, the highest first`}.`,
    config: z.object({}),
    start: () => ({
      name,
      write(value, arena, given) {
        requireFitting(format, value, given?.type);
        arena.reserve(sizeBytes);
        format.write(value as never, arena.bytes, arena.position);
        arena.position += sizeBytes;
      },
      read(bytes, start, end) {
        if (end - start !== sizeBytes)
          throw new DataError(`the ${name} converter reads ${sizeBytes} bytes, and here are ${end - start}`);
        return { value: format.read(new DataView(bytes.buffer, bytes.byteOffset + start, sizeBytes)), schema };
      },
      readNull: () => ({ value: null, schema }),
    }),
  });
}

function requireFitting({ name, type }: NumberFormat, value: unknown, given: SchemaType | undefined): void {
  const isOther = given !== undefined && given !== type;
  if (!isOther && isOf(value, type)) return;
  const what = isOther ? `a value of type ${given}` : typeof value === 'object' ? 'an object' : `${String(value)}`;
  throw new DataError(`the ${name} converter cannot write ${what}: it writes ${type} and nothing else`);
}

function isOf(value: unknown, type: SchemaType): boolean {
  if (type === 'boolean') return typeof value === 'boolean';
  if (!isWholeType(type)) return typeof value === 'number';
  if (typeof value !== 'bigint' && !Number.isSafeInteger(value)) return false;
  return fitsWhole(BigInt(value as number | bigint), type);
}

function booleanOf(byte: number): boolean {
  if (byte === 0 || byte === 1) return byte === 1;
  throw new DataError(`the boolean converter reads 0 or 1, and this byte is ${byte}`);
}
