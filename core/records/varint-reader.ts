// Reads zigzag varints one after the other. A reader with a position of its own allocates nothing per number, which a
// function returning value and position would. What is cut off or too long is CORRUPT_MESSAGE.

import { ProtocolError } from '../base/errors.js';

export class VarintReader {
  bytes: Uint8Array = new Uint8Array(0);
  position = 0;
  end = 0;

  open(bytes: Uint8Array, position: number, end: number): void {
    this.bytes = bytes;
    this.position = position;
    this.end = end;
  }

  /** A whole number of 32 bits. */
  int(): number {
    if (this.position >= this.end) throw this.cut();
    const first = this.bytes[this.position++]!;
    if (first < 0x80) return (first >>> 1) ^ -(first & 1);
    let zigzag = first & 0x7f;
    for (let shift = 7; ; shift += 7) {
      if (this.position >= this.end) throw this.cut();
      const byte = this.bytes[this.position++]!;
      if (shift === 28 && byte > 0x0f) throw new ProtocolError('CORRUPT_MESSAGE', 'a number is longer than 32 bits');
      zigzag |= (byte & 0x7f) << shift;
      if (byte < 0x80) return (zigzag >>> 1) ^ -(zigzag & 1);
    }
  }

  /** A whole number of 64 bits; CORRUPT_MESSAGE beyond 2^53. */
  long(): number {
    let low = 0; // 28 bits
    let high = 0; // up to 36 bits
    for (let shift = 0; shift < 70; shift += 7) {
      if (this.position >= this.end) throw this.cut();
      const byte = this.bytes[this.position++]!;
      if (shift < 28) low |= (byte & 0x7f) << shift;
      else high += (byte & 0x7f) * 2 ** (shift - 28);
      if (byte < 0x80) {
        const half = high * 134217728 + Math.floor(low / 2); // zigzag / 2, as 28 bits of `low` lose one
        const value = low & 1 ? -half - 1 : half;
        if (!Number.isSafeInteger(value)) break;
        return value;
      }
    }
    throw new ProtocolError('CORRUPT_MESSAGE', 'a number is longer than 53 bits');
  }

  /** Moves over `count` bytes and returns where they began. */
  skip(count: number): number {
    const start = this.position;
    if (count < 0 || count > this.end - start) throw this.cut();
    this.position = start + count;
    return start;
  }

  private cut(): ProtocolError {
    return new ProtocolError('CORRUPT_MESSAGE', `a record runs past byte ${this.end}, the end of its batch`);
  }
}
