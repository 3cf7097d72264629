/** Bytes that grow, zeros where nothing was written: what a file holds. */
export class Content {
  bytes: Uint8Array;
  sizeBytes: number;

  constructor(initial: Uint8Array = new Uint8Array(64), sizeBytes = 0) {
    this.bytes = initial;
    this.sizeBytes = sizeBytes;
  }

  write(bytes: Uint8Array, position: number): void {
    this.resize(Math.max(this.sizeBytes, position + bytes.length));
    this.bytes.set(bytes, position);
  }

  resize(sizeBytes: number): void {
    if (sizeBytes > this.bytes.length) {
      const grown = new Uint8Array(Math.max(sizeBytes, this.bytes.length * 2));
      grown.set(this.bytes.subarray(0, this.sizeBytes));
      this.bytes = grown;
    } else if (sizeBytes < this.sizeBytes) this.bytes.fill(0, sizeBytes, this.sizeBytes);
    this.sizeBytes = sizeBytes;
  }

  read(position: number, length: number): Uint8Array {
    return this.bytes.subarray(position, Math.max(position, Math.min(position + length, this.sizeBytes)));
  }

  copy(): Content {
    return new Content(this.bytes.slice(0, Math.max(64, this.sizeBytes)), this.sizeBytes);
  }
}
