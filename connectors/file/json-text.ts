import { DataError } from '../../connect/api/index.js';

/** Stands before the digits of a whole number that JSON.stringify has no way to write. */
const bigMark = '\u0000bigint:';

/** JSON of any value of Connect's data model: bytes as base64, a large whole number with all its digits, a Map as an object. Throws DataError. */
export function jsonText(value: unknown): string {
  let text: string | undefined;
  try {
    text = holdsMore(value)
      ? JSON.stringify(value, writable)?.replaceAll(/"\\u0000bigint:(-?\d+)"/g, '$1')
      : JSON.stringify(value);
  } catch (cause) {
    throw new DataError(`the value has no JSON: ${(cause as Error).message}`, { cause });
  }
  if (text === undefined) throw new DataError(`a value of type ${typeof value} has no JSON`);
  return text;
}

/** Looked for first, as a replacer makes JSON.stringify several times slower. */
function holdsMore(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return typeof value === 'bigint';
  if (value instanceof Uint8Array || value instanceof Map) return true;
  for (const key in value) {
    const part = (value as Record<string, unknown>)[key];
    if ((typeof part === 'object' || typeof part === 'bigint') && holdsMore(part)) return true;
  }
  return false;
}

function writable(this: unknown, key: string, value: unknown): unknown {
  const original = (this as Record<string, unknown>)[key];
  if (original instanceof Uint8Array) return base64(original);
  if (value instanceof Map) return Object.fromEntries(value);
  return typeof value === 'bigint' ? `${bigMark}${value}` : value;
}

export function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('base64');
}
