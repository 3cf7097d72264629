// The control batch that ends a transaction in a partition: one record, key (i16 version, i16 type: 0 aborts, 1 commits), value (i16 version,
// i32 epoch of the coordinator that wrote it). It has offsets of its own, and no reader ever sees it.

import type { Compression } from '../ports/compression.js';
import { batchHeaderBytes, batchSizeBytes, isControl, recordCount } from './batch-header.js';
import { BatchWriter } from './batch-writer.js';
import type { FieldWriter } from './field.js';
import { readInt16, readInt32, writeInt16, writeInt32 } from './int64.js';
import { VarintReader } from './varint-reader.js';

export interface EndTransactionMarker {
  readonly commits: boolean;
  readonly coordinatorEpoch: number;
}

const types = { abort: 0, commit: 1 } as const;
const keyBytes = 4;
const valueBytes = 6;

const bytesWriter: FieldWriter<Uint8Array> = { write: (bytes, arena) => arena.append(bytes) };
const reader = new VarintReader();

/** What the batch at bytes[at] ends; undefined when it is no such batch. */
export function readEndTransactionMarker(bytes: Uint8Array, at: number): EndTransactionMarker | undefined {
  // One without a record was emptied by compaction, as nothing is left of its transaction.
  if (!isControl(bytes, at) || recordCount(bytes, at) === 0) return undefined;
  reader.open(bytes, at + batchHeaderBytes, at + batchSizeBytes(bytes, at));
  reader.int(); // the length of the record
  reader.skip(1); // attributes
  reader.long(); // timestamp
  reader.int(); // offset
  const keySize = reader.int();
  if (keySize < keyBytes) return undefined;
  const type = readInt16(bytes, reader.skip(keySize) + 2);
  if (type !== types.abort && type !== types.commit) return undefined;
  const valueSize = reader.int();
  if (valueSize < valueBytes) return undefined;
  return { commits: type === types.commit, coordinatorEpoch: readInt32(bytes, reader.skip(valueSize) + 2) };
}

export function writeEndTransactionMarker(
  compression: Compression,
  marker: EndTransactionMarker & { readonly producerId: number; readonly producerEpoch: number },
  timestamp: number,
): Uint8Array {
  const key = Buffer.alloc(keyBytes);
  writeInt16(key, 2, marker.commits ? types.commit : types.abort);
  const value = Buffer.alloc(valueBytes);
  writeInt32(value, 2, marker.coordinatorEpoch);
  const writer = new BatchWriter({ compression, capacityBytes: 128 });
  writer.append(key, bytesWriter, value, bytesWriter, timestamp);
  const { producerId, producerEpoch } = marker;
  return writer.finish({ producerId, producerEpoch, isTransactional: true, isControl: true });
}
