/** Bytes that grow, zeros where nothing was written: what a file holds. Copies share them until one of the two is changed. */
export class Content {
  sizeBytes: number;
  private bytes: Uint8Array;
  private isShared = false;

  constructor(initial: Uint8Array = new Uint8Array(64), sizeBytes = 0) {
    this.bytes = initial;
    this.sizeBytes = sizeBytes;
  }

  write(bytes: Uint8Array, position: number): void {
    this.resize(Math.max(this.sizeBytes, position + bytes.length));
    this.own();
    this.bytes.set(bytes, position);
  }

  resize(sizeBytes: number): void {
    if (sizeBytes > this.bytes.length) {
      const grown = new Uint8Array(Math.max(sizeBytes, this.bytes.length * 2));
      grown.set(this.bytes.subarray(0, this.sizeBytes));
      this.bytes = grown;
      this.isShared = false;
    } else if (sizeBytes < this.sizeBytes) {
      this.own();
      this.bytes.fill(0, sizeBytes, this.sizeBytes);
    }
    this.sizeBytes = sizeBytes;
  }

  /** A view, good until the next change. */
  read(position: number, length: number): Uint8Array {
    return this.bytes.subarray(position, Math.max(position, Math.min(position + length, this.sizeBytes)));
  }

  flipBit(at: number, bit: number): void {
    this.own();
    this.bytes[at]! ^= 1 << bit;
  }

  equals(other: Content): boolean {
    if (this.sizeBytes !== other.sizeBytes) return false;
    return (
      this.bytes === other.bytes || Buffer.compare(this.read(0, this.sizeBytes), other.read(0, this.sizeBytes)) === 0
    );
  }

  copy(): Content {
    const copy = new Content(this.bytes, this.sizeBytes);
    copy.isShared = this.isShared = true;
    return copy;
  }

  private own(): void {
    if (!this.isShared) return;
    this.bytes = this.bytes.slice();
    this.isShared = false;
  }
}
