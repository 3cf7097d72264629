// Cuts a stream of bytes into frames: four bytes of length, then so many bytes. Each frame gets one buffer of its own, so that what is
// kept of it (batches of records) is a view of it and nothing else; the rest of a large one is read straight into it.
// A length outside of the bounds ends the stream: nothing behind it can be trusted.

import { WorldFault } from '../../base/errors.js';
import { takeBuffer } from '../../records/batch-buffers.js';

const lengthBytes = 4;
/** Holds the heads of large frames and small frames whole. */
const scratchBytes = 16 * 1024;
/** No response is shorter than its correlation id. */
const frameBytesMin = 4;

export class FrameAssembler {
  readonly #frameBytesMax: number;
  readonly #deliver: (frame: Buffer) => void;
  readonly #scratch = Buffer.allocUnsafeSlow(scratchBytes);
  /** So many bytes of the scratch are not looked at yet: between two reads, a part of a length. */
  #scratchedBytes = 0;
  #frame: Buffer | undefined;
  #filledBytes = 0;

  constructor(frameBytesMax: number, deliver: (frame: Buffer) => void) {
    this.#frameBytesMax = frameBytesMax;
    this.#deliver = deliver;
  }

  /** Where the next bytes belong. */
  space(): Uint8Array {
    return this.#frame === undefined
      ? this.#scratch.subarray(this.#scratchedBytes)
      : this.#frame.subarray(this.#filledBytes);
  }

  /** Delivers what is complete. Throws WorldFault for a length that cannot be. */
  received(sizeBytes: number): void {
    if (this.#frame === undefined) this.#cut(this.#scratchedBytes + sizeBytes);
    else {
      this.#filledBytes += sizeBytes;
      this.#deliverFilled();
    }
  }

  #cut(endBytes: number): void {
    const scratch = this.#scratch;
    let at = 0;
    while (endBytes - at >= lengthBytes && this.#frame === undefined) {
      const frame = frameBuffer(this.#requireLength(at));
      at += lengthBytes;
      this.#frame = frame;
      this.#filledBytes = scratch.copy(frame, 0, at, Math.min(endBytes, at + frame.length));
      at += this.#filledBytes;
      this.#deliverFilled();
    }
    scratch.copyWithin(0, at, endBytes);
    this.#scratchedBytes = endBytes - at;
  }

  #deliverFilled(): void {
    const frame = this.#frame!;
    if (this.#filledBytes < frame.length) return;
    this.#frame = undefined;
    this.#deliver(frame);
  }

  #requireLength(at: number): number {
    const length = this.#scratch.readInt32BE(at);
    if (length >= frameBytesMin && length <= this.#frameBytesMax) return length;
    throw new WorldFault(strangeAnswer(this.#scratch.subarray(at, at + lengthBytes), length, this.#frameBytesMax), {
      isRetriable: true,
    });
  }
}

/** A large one may be the buffer of an earlier answer whose reader has given it back. */
function frameBuffer(sizeBytes: number): Buffer {
  return sizeBytes > scratchBytes ? takeBuffer(sizeBytes).subarray(0, sizeBytes) : Buffer.allocUnsafeSlow(sizeBytes);
}

/** Who speaks something else than Kafka gives itself away by its first bytes. */
function strangeAnswer(head: Buffer, length: number, frameBytesMax: number): string {
  if (head.toString('latin1') === 'HTTP') return 'it answers in HTTP: this is no Kafka broker';
  if (head[0] === 0x15 && head[1] === 0x03) return 'it answers with a TLS alert: use kafka+ssl:// instead of kafka://';
  return `it announces an answer of ${length} bytes (allowed are ${frameBytesMin} to ${frameBytesMax})`;
}
