import { Arena, type Producer } from '../../../core/index.js';
import type { SinkContext } from '../../api/context.js';
import type { Converter } from '../../api/converter.js';
import type { Schema } from '../../api/schema.js';
import type { DeadLetters } from '../task/dead-letters.js';

/** How a sink's task hands over a record that the other side refuses: written back by the converters it came through. */
export function rejectionOf(parts: {
  readonly deadLetters: DeadLetters;
  readonly producer: Producer;
  readonly key: Converter;
  readonly value: Converter;
}): SinkContext['reject'] {
  const { deadLetters, producer, key, value } = parts;
  return async (record, error) => {
    const { topic, partition, offset, timestamp, headers } = record;
    deadLetters.take({
      key: bytesOf(key, record.key, record.keySchema),
      value: bytesOf(value, record.value, record.valueSchema),
      timestamp,
      headers,
      error,
      stage: 'TASK_PUT',
      position: { topic, partition, offset },
    });
    deadLetters.hasUnflushed = false;
    await producer.flush();
  };
}

function bytesOf(converter: Converter, value: unknown, schema: Schema | undefined): Uint8Array | null {
  if (value === null || value === undefined) return null;
  const arena = new Arena();
  converter.write(value, arena, schema);
  return arena.bytes.subarray(0, arena.position);
}
