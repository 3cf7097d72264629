// The bytes of a file that are here and not yet taken. While a file has nothing to say its buffer is as small as what it holds, as there may be
// thousands of files.

export class ReadingBuffer {
  start = 0;
  end = 0;
  readonly #chunkBytes: number;
  #buffer: Buffer = Buffer.alloc(0);

  constructor(chunkBytes: number) {
    this.#chunkBytes = chunkBytes;
  }

  get length(): number {
    return this.end - this.start;
  }

  /** What is held; valid until `space` is asked for. */
  get held(): Buffer {
    return this.#buffer.subarray(this.start, this.end);
  }

  clear(): void {
    this.start = this.end = 0;
  }

  /** A buffer and where in it to put up to `length` bytes; `filled` then tells how many came. */
  space(): { buffer: Buffer; at: number; length: number } {
    const length = this.#chunkBytes;
    if (this.#buffer.length - this.end < length) {
      const held = this.length;
      const isTooSmall = held + length > this.#buffer.length;
      this.#moveTo(isTooSmall ? Buffer.allocUnsafeSlow((held + length) * 2) : this.#buffer);
    }
    return { buffer: this.#buffer, at: this.end, length };
  }

  filled(count: number): void {
    this.end += count;
  }

  /** Keeps no more memory than what is here needs: nothing will come for a while. */
  rest(): void {
    if (this.#buffer.length > this.length) this.#moveTo(Buffer.allocUnsafeSlow(this.length));
  }

  #moveTo(target: Buffer): void {
    const held = this.length;
    this.#buffer.copy(target, 0, this.start, this.end);
    this.#buffer = target;
    this.start = 0;
    this.end = held;
  }
}
