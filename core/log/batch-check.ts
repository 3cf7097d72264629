// What a batch must be before it is appended. The records inside are not looked at: the CRC says that they are what the client wrote.

import { ProtocolError } from '../base/errors.js';
import {
  attributeBits,
  attributes,
  baseSequence,
  baseTimestamp,
  batchHeaderBytes,
  batchMagic,
  batchSizeBytes,
  isControl,
  isWholeBatch,
  lastOffsetDelta,
  magic,
  maxTimestamp,
  producerId,
  recordCount,
} from '../records/batch-header.js';
import { takeSeal } from '../records/sealed-batches.js';
import type { AppendOptions } from './append-result.js';
import type { LogConfig } from './log-config.js';

const lastCodecId = 4;

/** Throws the ProtocolError that the client is to be told. */
export function checkBatch(batch: Uint8Array, config: LogConfig, origin: AppendOptions['origin']): void {
  if (batch.length < batchHeaderBytes) throw corrupt(`${batch.length} bytes are no batch`);
  if (magic(batch, 0) !== batchMagic) {
    throw new ProtocolError('UNSUPPORTED_FOR_MESSAGE_FORMAT', `record format ${magic(batch, 0)}; send format 2`);
  }
  const sizeBytes = batchSizeBytes(batch, 0);
  if (sizeBytes !== batch.length) throw corrupt(`a batch that says ${sizeBytes} bytes came in ${batch.length}`);
  const isMarker = origin === 'coordinator' && isControl(batch, 0);
  if (!isMarker) checkSize(sizeBytes, config);
  if (!takeSeal(batch) && !isWholeBatch(batch, 0, batch.length)) throw corrupt('the CRC of the batch is wrong');
  const flags = attributes(batch, 0);
  if ((flags & attributeBits.codec) > lastCodecId) {
    throw new ProtocolError('UNSUPPORTED_COMPRESSION_TYPE', `no codec has id ${flags & attributeBits.codec}`);
  }
  if (!Number.isSafeInteger(maxTimestamp(batch, 0)) || !Number.isSafeInteger(baseTimestamp(batch, 0))) {
    throw new ProtocolError('INVALID_TIMESTAMP', 'a timestamp beyond 2^53 ms');
  }
  if (origin === 'client') checkClientBatch(batch, flags);
}

function checkClientBatch(batch: Uint8Array, flags: number): void {
  const count = recordCount(batch, 0);
  if (count <= 0 || lastOffsetDelta(batch, 0) !== count - 1) {
    const message = `${count} records cannot end at offset delta ${lastOffsetDelta(batch, 0)}`;
    throw new ProtocolError('INVALID_RECORD', message);
  }
  if (flags & attributeBits.control) throw new ProtocolError('INVALID_RECORD', 'clients may not write control batches');
  if (producerId(batch, 0) >= 0 && baseSequence(batch, 0) < 0) {
    throw new ProtocolError('INVALID_RECORD', 'a producer id without a sequence');
  }
}

/** A marker is small, and a transaction must come to its end whatever a topic allows. */
function checkSize(sizeBytes: number, { maxMessageBytes, segmentBytes }: LogConfig): void {
  if (sizeBytes > maxMessageBytes) throw tooLarge(sizeBytes, 'max.message.bytes', maxMessageBytes);
  if (sizeBytes > segmentBytes) throw tooLarge(sizeBytes, 'segment.bytes', segmentBytes);
}

function corrupt(message: string): ProtocolError {
  return new ProtocolError('CORRUPT_MESSAGE', message);
}

function tooLarge(sizeBytes: number, setting: string, limit: number): ProtocolError {
  return new ProtocolError('MESSAGE_TOO_LARGE', `a batch of ${sizeBytes} bytes; ${setting} allows ${limit}`);
}
