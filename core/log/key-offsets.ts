/** Of each key of the part of a log that is to be compacted, the offset of its last record. It takes only so much memory. */
export class KeyOffsets {
  /** Everything below has been taken in. */
  endOffset: number;
  private readonly offsets = new Map<string, number>();
  private readonly sizeBytesMax: number;
  private sizeBytes = 0;

  constructor(startOffset: number, sizeBytesMax: number) {
    this.endOffset = startOffset;
    this.sizeBytesMax = sizeBytesMax;
  }

  get isFull(): boolean {
    return this.sizeBytes >= this.sizeBytesMax;
  }

  set(key: string, offset: number): void {
    const before = this.offsets.size;
    this.offsets.set(key, offset);
    if (this.offsets.size > before) this.sizeBytes += entryBytes + key.length;
  }

  /** Whether a later record of the key is known. */
  isSuperseded(key: string, offset: number): boolean {
    return (this.offsets.get(key) ?? -1) > offset;
  }
}

/** About what an entry of the map takes beside the key itself. */
const entryBytes = 80;
