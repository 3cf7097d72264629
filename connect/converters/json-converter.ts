// Kafka Connect's JsonConverter. Without schemas: the JSON text of the value. With `schemas.enable`: the envelope {"schema", "payload"}, which
// must hold just these two.

import type { Converted, Converter } from '../api/converter.js';
import { DataError } from '../api/errors.js';
import type { Schema } from '../api/schema.js';
import { fromPayload, toPayload } from './json-payload.js';
import { readText, writeText } from './string-converter.js';

export function jsonConverter(options: { hasSchemas: boolean }): Converter {
  return {
    name: 'json',
    write: (value, arena, schema) => writeText(jsonText(options.hasSchemas ? enveloped(value, schema) : value), arena),
    read(bytes, start, end) {
      const value = parsed(readText(bytes, start, end));
      return options.hasSchemas ? opened(value) : { value };
    },
  };
}

function enveloped(value: unknown, schema: Schema | undefined): unknown {
  return schema === undefined ? { schema: null, payload: value } : { schema, payload: toPayload(value, schema) };
}

function opened(value: unknown): Converted {
  const envelope = value as { schema: Schema | null; payload: unknown };
  if (
    typeof value !== 'object' ||
    value === null ||
    Object.keys(value).length !== 2 ||
    !('schema' in value) ||
    !('payload' in value)
  ) {
    throw new DataError(
      'the json converter with schemas.enable=true reads {"schema", "payload"} and nothing else: for plain JSON set schemas.enable=false',
    );
  }
  if (envelope.schema === null) return { value: envelope.payload };
  return { value: fromPayload(envelope.payload, envelope.schema), schema: envelope.schema };
}

function jsonText(value: unknown): string {
  let text: string | undefined;
  try {
    text = holdsBytes(value) ? JSON.stringify(value, writable) : JSON.stringify(value);
  } catch (cause) {
    throw new DataError(`the json converter cannot write this value: ${(cause as Error).message}`, { cause });
  }
  if (text === undefined) {
    throw new DataError(
      `the json converter cannot write a value of type ${typeof value}: null, or leaving the record out, says "nothing"`,
    );
  }
  return text;
}

/** Looked for first, as a replacer makes JSON.stringify several times slower. */
function holdsBytes(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  if (value instanceof Uint8Array) return true;
  for (const key in value) {
    const part = (value as Record<string, unknown>)[key];
    if (typeof part === 'object' && holdsBytes(part)) return true;
  }
  return false;
}

/** Bytes as base64, as Kafka Connect's; JSON.stringify would make an object of every byte, or of a Buffer's own idea of JSON. */
function writable(this: unknown, key: string, value: unknown): unknown {
  const original = (this as Record<string, unknown>)[key];
  if (original instanceof Uint8Array) {
    return Buffer.from(original.buffer, original.byteOffset, original.length).toString('base64');
  }
  return value;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new DataError(
      `the json converter cannot read these bytes (${(cause as Error).message}): name the converter they were written with, such as string`,
      { cause },
    );
  }
}
