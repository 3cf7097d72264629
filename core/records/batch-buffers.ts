// Buffers of large batches on their way back to the next batch: memory that is already there costs no page faults and no garbage collection.
// A buffer may be written again only when two have let go of it: the log, which has written the batch and keeps no reference, and
// then the producer, which has its acknowledgement. Each step takes the batch from the step before, so none is taken twice or skipped:
// a copy, a batch out of an encoding, and one that the log keeps for readers never come back.
// What was read from a file has one reader only, who may give it back.

const lent = new WeakSet<Uint8Array>();
const unkept = new WeakSet<Uint8Array>();
const pool: Buffer[] = [];
let pooledBytes = 0;

/** What a producer fills between two turns of the event loop is some 3 MiB. */
const pooledBytesMax = 8 * 1024 * 1024;
const pooledBytesMin = 16 * 1024;

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
  if (!unkept.delete(batch)) return;
  // What no one asks for any more makes room.
  while (pool.length > 0 && pooledBytes + batch.buffer.byteLength > pooledBytesMax) pooledBytes -= pool.shift()!.length;
  pooledBytes += batch.buffer.byteLength;
  pool.push(Buffer.from(batch.buffer));
}

/** Bytes that a reader was given, and nobody else: they come back when it gives them back, if they are worth it. */
export function ownBuffer(bytes: Uint8Array): void {
  if (bytes.length >= pooledBytesMin) unkept.add(bytes);
}

/** A buffer for a batch of about `sizeBytes`, with anything in it. */
export function takeBuffer(sizeBytes: number): Buffer {
  const at = pool.findLastIndex(({ length }) => length >= sizeBytes && length < sizeBytes * 2);
  if (at >= 0) {
    const [found] = pool.splice(at, 1);
    pooledBytes -= found!.length;
    return found!;
  }
  return Buffer.allocUnsafeSlow(sizeBytes + (sizeBytes >>> 4));
}
