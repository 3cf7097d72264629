// A growing byte arena that writers append to, so that no Buffer is made per record. `bytes` is replaced when it grows:
// take it anew after each `reserve`. What is below `position` is written.

const shortTextLength = 20;

export class Arena {
  bytes: Buffer;
  position = 0;

  constructor(capacityBytes = 1024) {
    this.bytes = Buffer.allocUnsafeSlow(capacityBytes);
  }

  /** Makes sure that `count` more bytes fit behind `position`. */
  reserve(count: number): void {
    const needed = this.position + count;
    if (needed <= this.bytes.length) return;
    const grown = Buffer.allocUnsafeSlow(Math.max(needed, this.bytes.length * 2));
    this.bytes.copy(grown, 0, 0, this.position);
    this.bytes = grown;
  }

  append(source: Uint8Array, start = 0, end = source.length): void {
    this.reserve(end - start);
    this.bytes.set(start === 0 && end === source.length ? source : source.subarray(start, end), this.position);
    this.position += end - start;
  }

  /** Appends a text as UTF-8. Short ones go byte by byte: cheaper than the call into the runtime. */
  appendText(text: string): void {
    const length = text.length;
    if (length > shortTextLength || !this.appendAscii(text, length)) {
      this.reserve(length * 3);
      this.position += this.bytes.write(text, this.position);
    }
  }

  private appendAscii(text: string, length: number): boolean {
    this.reserve(length);
    const { bytes, position } = this;
    for (let index = 0; index < length; index++) {
      const code = text.charCodeAt(index);
      if (code > 0x7f) return false;
      bytes[position + index] = code;
    }
    this.position = position + length;
    return true;
  }

  reset(): void {
    this.position = 0;
  }
}
