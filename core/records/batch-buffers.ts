// Buffers of large batches on their way back to the next batch: memory that is already there costs no page faults and no garbage collection.
// A buffer may be written again only when two have let go of it: the log, which has written the batch and keeps no reference (or the connection,
// when its broker has answered), and then the producer, which has its acknowledgement. Each step takes the batch from the step before, so none is taken twice or skipped:
// a copy, a batch out of an encoding, and one that the log keeps for readers never come back.
// What was read from a file or came over the network has one reader only, who may give it back: all views of it, if there are several.

/** Of one buffer: how many views of it somebody may still read. */
interface Share {
  viewsLeft: number;
}

const lent = new WeakSet<Uint8Array>();
const unkept = new WeakMap<Uint8Array, Share>();
const pool: Buffer[] = [];
let pooledBytes = 0;

/** What a producer may have waiting by default: a network is slower than its caller, so all of it comes and goes. */
const pooledBytesMax = 32 * 1024 * 1024;
const pooledBytesMin = 16 * 1024;
/** The largest answer that a consumer asks for by default, with some room. A larger one is rare, and would push out what is in use. */
const ownedBytesMax = 20 * 1024 * 1024;

/** The batch begins the buffer that it lies in and has it for itself. */
export function lendBuffer(batch: Uint8Array): void {
  lent.add(batch);
}

/** The log has written the batch, or its broker has it, and keeps no reference to it. */
export function leaveBuffer(batch: Uint8Array): void {
  if (lent.delete(batch)) unkept.set(batch, { viewsLeft: 1 });
}

/** Who had the batch written, or was given it to read, needs it no more. */
export function giveBackBuffer(batch: Uint8Array): void {
  passOnBuffer(batch, []);
}

/** Whoever was given `view` is given `parts` of it instead. */
export function passOnBuffer(view: Uint8Array, parts: readonly Uint8Array[]): void {
  const share = unkept.get(view);
  if (share === undefined) return;
  unkept.delete(view);
  share.viewsLeft += parts.length - 1;
  for (const part of parts) unkept.set(part, share);
  if (share.viewsLeft === 0) keep(view.buffer as ArrayBuffer);
}

/** Views of one buffer that a reader was given, and nobody else: it comes back when all were given back, if it is worth it. */
export function ownBuffer(...views: readonly Uint8Array[]): void {
  const share = { viewsLeft: views.length };
  const sizeBytes = views[0]?.buffer.byteLength ?? 0;
  if (sizeBytes >= pooledBytesMin && sizeBytes <= ownedBytesMax) for (const view of views) unkept.set(view, share);
}

function keep(buffer: ArrayBuffer): void {
  // What no one asks for any more makes room.
  while (pool.length > 0 && pooledBytes + buffer.byteLength > pooledBytesMax) pooledBytes -= pool.shift()!.length;
  pooledBytes += buffer.byteLength;
  pool.push(Buffer.from(buffer));
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
