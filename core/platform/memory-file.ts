import type { DiskFile } from '../ports/disk.js';
import { diskFault } from './disk-fault.js';

/** The content of a file: chunks of equal size, so that growing copies nothing. */
export class MemoryContent {
  sizeBytes = 0;
  private readonly chunks: Buffer[] = [];

  write(bytes: Uint8Array, start: number, end: number, position: number): void {
    if (position > this.sizeBytes) this.zero(this.sizeBytes, position);
    let at = start;
    let to = position;
    while (at < end) {
      const count = Math.min(end - at, chunkBytes - (to % chunkBytes));
      const chunk = this.chunk(Math.floor(to / chunkBytes), (to % chunkBytes) + count);
      chunk.set(at === 0 && count === bytes.length ? bytes : bytes.subarray(at, at + count), to % chunkBytes);
      at += count;
      to += count;
    }
    if (to > this.sizeBytes) this.sizeBytes = to;
  }

  read(target: Uint8Array, targetStart: number, length: number, position: number): number {
    const end = Math.min(position + length, this.sizeBytes);
    let from = position;
    let to = targetStart;
    while (from < end) {
      const chunk = this.chunks[Math.floor(from / chunkBytes)]!;
      const at = from % chunkBytes;
      const count = Math.min(end - from, chunkBytes - at);
      target.set(chunk.subarray(at, at + count), to);
      from += count;
      to += count;
    }
    return to - targetStart;
  }

  truncate(sizeBytes: number): void {
    if (sizeBytes >= this.sizeBytes) return;
    this.chunks.length = Math.ceil(sizeBytes / chunkBytes);
    this.sizeBytes = sizeBytes;
  }

  /** What a write leaves out reads as zeros. */
  private zero(start: number, end: number): void {
    for (let at = start; at < end; ) {
      const from = at % chunkBytes;
      const count = Math.min(end - at, chunkBytes - from);
      this.chunk(Math.floor(at / chunkBytes), from + count).fill(0, from, from + count);
      at += count;
    }
  }

  /** Makes sure that the chunk reaches `end`. The first one begins small, as most files are; the others are whole. */
  private chunk(index: number, end: number): Buffer {
    while (this.chunks.length <= index)
      this.chunks.push(Buffer.allocUnsafeSlow(this.chunks.length === 0 ? 512 : chunkBytes));
    const first = this.chunks[0]!;
    const wanted = this.chunks.length > 1 ? chunkBytes : end;
    if (first.length < wanted) {
      const grown = Buffer.allocUnsafeSlow(Math.min(chunkBytes, Math.max(wanted, first.length * 4)));
      first.copy(grown);
      this.chunks[0] = grown;
    }
    return this.chunks[index]!;
  }
}

const chunkBytes = 256 * 1024;

/** An open file of the memory disk. Nothing to flush: what it holds is as durable as it gets. */
export class MemoryFile implements DiskFile {
  readonly path: string;
  private readonly content: MemoryContent;
  private isClosed = false;

  constructor(path: string, content: MemoryContent) {
    this.path = path;
    this.content = content;
  }

  sizeBytes(): number {
    return this.open().sizeBytes;
  }

  write(bytes: Uint8Array, start: number, end: number, position: number): void {
    this.open().write(bytes, start, end, position);
  }

  read(target: Uint8Array, targetStart: number, length: number, position: number): number {
    return this.open().read(target, targetStart, length, position);
  }

  async readAsync(target: Uint8Array, targetStart: number, length: number, position: number): Promise<number> {
    return this.read(target, targetStart, length, position);
  }

  async flush(): Promise<void> {
    this.open();
  }

  flushNow(): void {
    this.open();
  }

  truncate(sizeBytes: number): void {
    this.open().truncate(sizeBytes);
  }

  close(): void {
    this.isClosed = true;
  }

  private open(): MemoryContent {
    if (this.isClosed) throw diskFault(this.path, 'use', new Error('the file has been closed'));
    return this.content;
  }
}
