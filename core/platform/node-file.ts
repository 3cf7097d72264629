import {
  close,
  closeSync,
  fdatasync,
  fdatasyncSync,
  fstatSync,
  ftruncateSync,
  read,
  readSync,
  writeSync,
} from 'node:fs';
import type { DiskFile } from '../ports/disk.js';
import { diskFault, faulty } from './disk-fault.js';

/** An open file of the operating system. A close waits for the asynchronous calls in flight, as their descriptor may be given anew. */
export class NodeFile implements DiskFile {
  readonly path: string;
  private readonly descriptor: number;
  private callsInFlight = 0;
  private isClosed = false;

  constructor(path: string, descriptor: number) {
    this.path = path;
    this.descriptor = descriptor;
  }

  sizeBytes(): number {
    return faulty(this.path, 'stat', () => fstatSync(this.open()).size);
  }

  write(bytes: Uint8Array, start: number, end: number, position: number): void {
    try {
      let at = start;
      while (at < end) at += writeSync(this.open(), bytes, at, end - at, position + at - start);
    } catch (cause) {
      throw diskFault(this.path, 'write', cause);
    }
  }

  read(target: Uint8Array, targetStart: number, length: number, position: number): number {
    try {
      let count = 0;
      while (count < length) {
        const came = readSync(this.open(), target, targetStart + count, length - count, position + count);
        if (came === 0) break;
        count += came;
      }
      return count;
    } catch (cause) {
      throw diskFault(this.path, 'read', cause);
    }
  }

  async readAsync(target: Uint8Array, targetStart: number, length: number, position: number): Promise<number> {
    let count = 0;
    while (count < length) {
      const came = await this.readSome(target, targetStart + count, length - count, position + count);
      if (came === 0) break;
      count += came;
    }
    return count;
  }

  flush(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.callsInFlight++;
      fdatasync(this.open(), cause => {
        this.callEnded();
        if (cause === null) resolve();
        else reject(diskFault(this.path, 'fdatasync', cause));
      });
    });
  }

  flushNow(): void {
    faulty(this.path, 'fdatasync', () => fdatasyncSync(this.open()));
  }

  truncate(sizeBytes: number): void {
    faulty(this.path, 'truncate', () => ftruncateSync(this.open(), sizeBytes));
  }

  close(): void {
    if (this.isClosed) return;
    this.isClosed = true;
    if (this.callsInFlight === 0) faulty(this.path, 'close', () => closeSync(this.descriptor));
  }

  private readSome(target: Uint8Array, start: number, length: number, position: number): Promise<number> {
    return new Promise((resolve, reject) => {
      this.callsInFlight++;
      read(this.open(), target, start, length, position, (cause, came) => {
        this.callEnded();
        if (cause === null) resolve(came);
        else reject(diskFault(this.path, 'read', cause));
      });
    });
  }

  private open(): number {
    if (this.isClosed) throw diskFault(this.path, 'use', new Error('the file has been closed'));
    return this.descriptor;
  }

  private callEnded(): void {
    if (--this.callsInFlight === 0 && this.isClosed) close(this.descriptor);
  }
}
