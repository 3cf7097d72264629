// The entries of an index as they lie in its file: fixed size, big-endian, sorted. They are kept in memory and written to the file
// at a roll, a checkpoint or a close, as one system call per entry would cost more than the append it speaks of, and as all
// of it can be rebuilt from the log.

import type { Disk } from '../ports/disk.js';

export class IndexEntries {
  bytes: Buffer;
  count = 0;
  readonly entryBytes: number;
  private writtenCount = 0;
  private isFileExact = false;

  constructor(entryBytes: number, initial?: Uint8Array) {
    this.entryBytes = entryBytes;
    this.bytes = Buffer.allocUnsafeSlow(Math.max(entryBytes * 32, initial?.length ?? 0));
    if (initial === undefined) return;
    this.bytes.set(initial);
    this.count = this.writtenCount = initial.length / entryBytes;
    this.isFileExact = true;
  }

  /** Makes room for one more entry and returns where it begins. */
  push(): number {
    const at = this.count++ * this.entryBytes;
    if (at + this.entryBytes > this.bytes.length) {
      const grown = Buffer.allocUnsafeSlow(this.bytes.length * 2);
      this.bytes.copy(grown);
      this.bytes = grown;
    }
    return at;
  }

  truncate(count: number): void {
    if (count >= this.count) return;
    this.count = count;
    this.writtenCount = Math.min(this.writtenCount, count);
    this.isFileExact = false;
  }

  /** The first entry for which `isBelow` no longer holds, or `count`: a binary search. */
  firstNot(isBelow: (at: number) => boolean): number {
    let low = 0;
    let high = this.count;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (isBelow(middle * this.entryBytes)) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** Makes the file hold these entries and nothing else, durably but for its name. */
  save(disk: Disk, path: string): void {
    if (this.isFileExact && this.writtenCount === this.count) return;
    const file = disk.open(path, 'create');
    try {
      const start = this.writtenCount * this.entryBytes;
      const end = this.count * this.entryBytes;
      file.write(this.bytes, start, end, start);
      file.truncate(end);
      file.flushNow();
    } finally {
      file.close();
    }
    this.writtenCount = this.count;
    this.isFileExact = true;
  }
}
