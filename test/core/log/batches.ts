import { defaultLogConfig, type LogConfig } from '../../../core/log/log-config.js';
import { PartitionLog } from '../../../core/log/partition-log.js';
import type { PartitionLogOptions } from '../../../core/log/partition-log-options.js';
import { nodePorts } from '../../../core/platform/node-ports.js';
import type { Ports } from '../../../core/ports/ports.js';
import { type BatchFacts, BatchWriter } from '../../../core/records/batch-writer.js';
import type { FieldWriter } from '../../../core/records/field.js';
import { RecordCursor } from '../../../core/records/record-cursor.js';

export const text: FieldWriter<string> = { write: (value, arena) => arena.appendText(value) };

/** A batch of values without keys, a millisecond apart. */
export function batchOf(values: readonly string[], facts: BatchFacts = {}, firstTimestamp = 1_000): Uint8Array {
  const writer = new BatchWriter({ compression: nodePorts().compression });
  values.forEach((value, index) => {
    writer.append(null, text, value, text, firstTimestamp + index);
  });
  return writer.finish(facts);
}

/** `offset:value` of each record. */
export function recordsOf(batches: readonly Uint8Array[]): string[] {
  const cursor = new RecordCursor();
  const records: string[] = [];
  for (const bytes of batches) {
    for (let at = 0; at < bytes.length; at = cursor.nextBatchAt) {
      cursor.open(bytes, at, nodePorts().compression);
      for (let record = 0; record < cursor.count; record++) {
        const value = cursor.bytes.subarray(cursor.valueStart(record), cursor.valueEnd(record));
        records.push(`${cursor.offset(record)}:${Buffer.from(value).toString()}`);
      }
    }
  }
  return records;
}

export const topicId = 'c0ffeec0ffeec0ffeec0fg';

export function openLog(
  ports: Ports,
  directory: string,
  options: Partial<Omit<PartitionLogOptions, 'config'>> & { config?: Partial<LogConfig> } = {},
): PartitionLog {
  return PartitionLog.open(ports, {
    topic: 'orders',
    topicId,
    partition: 0,
    isCleanShutdown: false,
    recoveryPoint: 0,
    ...options,
    directory,
    config: { ...defaultLogConfig, ...options.config },
  });
}

export const appendOptions = { leaderEpoch: 0, now: 5_000, origin: 'client' } as const;

/** Everything readable, read in steps of `maxBytes`. */
export function readAll(log: PartitionLog, maxBytes = 1024): string[] {
  const records: string[] = [];
  for (let offset = log.logStartOffset; offset < log.highWatermark; ) {
    const batches = log.read(offset, maxBytes, log.highWatermark);
    const read = recordsOf(batches).filter(record => Number(record.split(':')[0]) >= offset);
    if (read.length === 0) break;
    records.push(...read);
    offset = Number(read.at(-1)!.split(':')[0]) + 1;
  }
  return records;
}
