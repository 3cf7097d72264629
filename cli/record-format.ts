// Output formats as kcat writes them: text with tokens, compiled once into the list of its pieces.
// Keys and values go out as the bytes they are; a null one is empty and has size -1.

import { InvalidInput } from './exit-code.js';
import type { FieldType, Shown } from './field-type.js';

/** A record as the command line sees it: bytes, whatever they mean. */
export interface RawRecord {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
  readonly timestamp: number;
  readonly key: Uint8Array | null;
  readonly value: Uint8Array | null;
  readonly headers: readonly { readonly key: string; readonly value: Uint8Array | null }[];
}

/** What keys and values are; undefined: text. */
export interface FieldTypes {
  readonly key?: FieldType | undefined;
  readonly value?: FieldType | undefined;
}

type Piece = string | Uint8Array;

const nothing = new Uint8Array(0);

const tokens: Readonly<Record<string, (record: RawRecord, types: FieldTypes) => Piece>> = {
  k: (record, types) => pieceOf(record, 'key', types),
  v: (record, types) => pieceOf(record, 'value', types),
  s: (record, types) => pieceOf(record, 'value', types),
  K: record => String(record.key?.length ?? -1),
  S: record => String(record.value?.length ?? -1),
  t: record => record.topic,
  p: record => String(record.partition),
  o: record => String(record.offset),
  T: record => String(record.timestamp),
  h: record => record.headers.map(({ key, value }) => `${key}=${value === null ? 'NULL' : text(value)}`).join(','),
  '%': () => '%',
};

const escapes: Readonly<Record<string, string>> = { n: '\n', t: '\t', r: '\r', '0': '\0', '\\': '\\' };

/** Compiles a format such as `'%k %v\n'`. Throws InvalidInput for a token that does not exist, and for bytes that are not of their type. */
export function compileFormat(format: string, types: FieldTypes = {}): (record: RawRecord) => Piece[] {
  const pieces = [...format.matchAll(/%(.?)|\\x([0-9a-fA-F]{2})|\\(.?)|[^%\\]+/gs)].map(match => {
    const [whole, token, hex, letter] = match;
    if (token !== undefined) return tokenNamed(token);
    if (hex !== undefined) return Buffer.from(hex, 'hex');
    if (letter !== undefined) return escapes[letter] ?? whole;
    return whole;
  });
  return record => pieces.map(piece => (typeof piece === 'function' ? piece(record, types) : piece));
}

function pieceOf(record: RawRecord, field: 'key' | 'value', types: FieldTypes): Piece {
  const bytes = record[field];
  if (bytes === null) return nothing;
  return types[field] === undefined ? bytes : String(shown(record, field, types[field]));
}

function shown(record: RawRecord, field: 'key' | 'value', type: FieldType): Shown {
  try {
    return type(record[field]!);
  } catch (error) {
    const place = `${record.topic}-${record.partition} offset ${record.offset}`;
    throw new InvalidInput(`${place}: ${(error as Error).message}: give another --${field}-type`);
  }
}

function tokenNamed(token: string): (record: RawRecord, types: FieldTypes) => Piece {
  const render = tokens[token];
  if (render !== undefined) return render;
  throw new InvalidInput(`"%${token}" is no token of a format (known: %${Object.keys(tokens).join(', %')})`);
}

/** The record as one line of JSON; bytes that are no UTF-8 as `{"base64": "..."}`. */
export function jsonLine(record: RawRecord, types: FieldTypes = {}): string {
  const { topic, partition, offset, timestamp } = record;
  const fieldOf = (field: 'key' | 'value') =>
    types[field] === undefined || record[field] === null ? jsonText(record[field]) : shown(record, field, types[field]);
  const headers = record.headers.map(({ key, value }) => ({ key, value: jsonText(value) }));
  return `${JSON.stringify({ topic, partition, offset, timestamp, key: fieldOf('key'), value: fieldOf('value'), headers })}\n`;
}

const strictText = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

export function jsonText(bytes: Uint8Array | null): string | { base64: string } | null {
  if (bytes === null) return null;
  try {
    return strictText.decode(bytes);
  } catch {
    return { base64: Buffer.from(bytes).toString('base64') };
  }
}

function text(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString();
}
