// What the bytes of a key or a value are, as --key-type and --value-type say it: numbers in the formats of Java's serializers, which the serdes of this
// package write too. Without a type they are text, and go out as the bytes they are.

import { InvalidArgumentError } from 'commander';
import { InvalidInput } from './exit-code.js';

export type Shown = string | number;
export type FieldType = (bytes: Uint8Array) => Shown;

const types: Readonly<Record<string, FieldType>> = {
  int32: numeric('int32', 4, view => view.getInt32(0)),
  int64: numeric('int64', 8, view => view.getBigInt64(0)),
  float64: numeric('float64', 8, view => view.getFloat64(0)),
  hex: bytes => Buffer.from(bytes).toString('hex'),
  base64: bytes => Buffer.from(bytes).toString('base64'),
};

const names = ['text', ...Object.keys(types)];

/** The parser of such an option; undefined for text. */
export function fieldType(name: string): FieldType | undefined {
  if (!names.includes(name)) throw new InvalidArgumentError(`write one of ${names.join(', ')}.`);
  return types[name];
}

/** A number that JSON's readers would round, or cannot read, is its text. */
function numeric(name: string, width: number, read: (view: DataView) => number | bigint): FieldType {
  return bytes => {
    if (bytes.length !== width) throw new InvalidInput(`${name} has ${width} bytes, here are ${bytes.length}`);
    const value = read(new DataView(bytes.buffer, bytes.byteOffset, width));
    const isExact = typeof value === 'number' ? Number.isFinite(value) : Number.isSafeInteger(Number(value));
    return isExact ? Number(value) : String(value);
  };
}
