import type { Producer } from '../../../core/index.js';
import type { SinkContext } from '../../api/context.js';
import type { Converter } from '../../api/converter.js';
import type { SinkRecord } from '../../api/record.js';
import { writtenBytes } from '../task/converted-header.js';
import type { DeadLetters } from '../task/dead-letters.js';

/** How a sink's task hands over a record that the other side refuses: written back by the converters it came through, as it was before any transform. */
export function rejectionOf(parts: {
  readonly deadLetters: DeadLetters;
  readonly producer: Producer;
  readonly key: Converter;
  readonly value: Converter;
  originalOf(record: SinkRecord): SinkRecord;
}): SinkContext['reject'] {
  const { deadLetters, producer, key, value } = parts;
  return async (rejected, error) => {
    const record = parts.originalOf(rejected);
    const { topic, partition, offset, timestamp, headers } = record;
    deadLetters.take({
      key: writtenBytes(key, record.key, record.keySchema),
      value: writtenBytes(value, record.value, record.valueSchema),
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
