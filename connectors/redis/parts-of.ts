import type { SinkBatch, SinkRecord } from '../../connect/api/index.js';

/** Records in the order of their batches, at most so many in a part. */
export function* partsOf(batches: readonly SinkBatch[], size: number): Generator<readonly SinkRecord[]> {
  let part: SinkRecord[] = [];
  for (const { records } of batches) {
    for (let at = 0; at < records.length; ) {
      const taken = records.slice(at, at + size - part.length);
      part = part.length === 0 ? taken : [...part, ...taken];
      at += taken.length;
      if (part.length < size) continue;
      yield part;
      part = [];
    }
  }
  if (part.length > 0) yield part;
}
