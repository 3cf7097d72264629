// Buffers of large batches on their way back to the next batch: memory that is already there costs no page faults and no garbage collection.
// A buffer may be written again only when two have let go of it: the log, which has written the batch and keeps no reference, and
// then the producer, which has its acknowledgement. Each step takes the batch from the step before, so none is taken twice or skipped:
// a copy, a batch out of an encoding, and one that the log keeps for readers never come back.

const lent = new WeakSet<Uint8Array>();
const unkept = new WeakSet<Uint8Array>();
const pool: Buffer[] = [];
let pooledBytes = 0;

/** What a producer fills between two turns of the event loop is some 3 MiB. */
const pooledBytesMax = 8 * 1024 * 1024;

/** The batch begins the buffer that it lies in and has it for itself. */
export function lendBuffer(batch: Uint8Array): void {
  lent.add(batch);
}

/** The log has written the batch and keeps no reference to it. */
export function leaveBuffer(batch: Uint8Array): void {
  if (lent.delete(batch)) unkept.add(batch);
}

/** Who had the batch written needs it no more. */
export function giveBackBuffer(batch: Uint8Array): void {
  if (!unkept.delete(batch) || pooledBytes + batch.buffer.byteLength > pooledBytesMax) return;
  pooledBytes += batch.buffer.byteLength;
  pool.push(Buffer.from(batch.buffer));
}

/** A buffer for a batch of about `sizeBytes`, with anything in it. */
export function takeBuffer(sizeBytes: number): Buffer {
  const last = pool.pop();
  if (last !== undefined) {
    pooledBytes -= last.length;
    if (last.length >= sizeBytes && last.length < sizeBytes * 2) return last;
  }
  return Buffer.allocUnsafeSlow(sizeBytes + (sizeBytes >>> 4));
}
