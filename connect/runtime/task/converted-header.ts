import { Arena } from '../../../core/index.js';
import type { Converter } from '../../api/converter.js';
import type { RecordHeader } from '../../api/record.js';
import type { TransformHeader } from '../../api/transform.js';

/** A header's bytes as a transform sees them. Throws DataError for what the converter cannot read. */
export function readHeader({ key, value }: RecordHeader, converter: Converter): TransformHeader {
  if (value === null) return { key, schema: undefined, value };
  const { schema, value: read } = converter.read(value, 0, value.length);
  return { key, schema, value: read };
}

/** A header as it stands in a topic; bytes without schema are written as they are. Throws DataError for what the converter cannot write. */
export function writtenHeader(
  { key, schema, value }: Pick<TransformHeader, 'key' | 'value'> & Partial<Pick<TransformHeader, 'schema'>>,
  converter: Converter,
): RecordHeader {
  if (value === null || value === undefined) return { key, value: null };
  if (schema === undefined && value instanceof Uint8Array) return { key, value };
  return { key, value: writtenBytes(converter, value, schema) };
}

/** What a converter writes for a value, in bytes of their own; null is null. */
export function writtenBytes(
  converter: Converter,
  value: unknown,
  schema: TransformHeader['schema'],
): Uint8Array | null {
  if (value === null || value === undefined) return null;
  const arena = new Arena();
  converter.write(value, arena, schema);
  return arena.bytes.subarray(0, arena.position);
}
