// The content of a gzip file (of one member or many). It can only be unpacked from the start, so whoever goes on in the middle of one pays for what
// is before. A file that is still written to is read as far as it is complete.

import { once } from 'node:events';
import type { FileHandle } from 'node:fs/promises';
import { createGunzip, type Gunzip } from 'node:zlib';
import type { FileBytes } from './file-bytes.js';
import { FileFault } from './row-reader.js';

/** As much is unpacked at a time: a few MiB at most come out of it. */
const pieceBytes = 16 * 1024;

export class GzipBytes implements FileBytes {
  readonly #handle: FileHandle;
  readonly #name: string;
  readonly #piece = Buffer.allocUnsafeSlow(pieceBytes);
  #gunzip: Gunzip | undefined;
  /** Unpacked and not yet read; the first begins at `#outAt` of the content. */
  #out: Buffer[] = [];
  #outAt = 0;
  #inAt = 0;
  #fault: FileFault | undefined;
  #hasEnded = false;

  constructor(handle: FileHandle, name: string) {
    this.#handle = handle;
    this.#name = name;
  }

  async read(buffer: Buffer, at: number, length: number, position: number): Promise<number> {
    if (this.#gunzip === undefined || position < this.#outAt) this.#begin();
    for (;;) {
      this.#passTo(position);
      const [first] = this.#out;
      if (first !== undefined && position >= this.#outAt) {
        const from = position - this.#outAt;
        return first.copy(buffer, at, from, Math.min(first.length, from + length));
      }
      if (this.#fault !== undefined) throw this.#fault;
      if (!(await this.#unpackMore())) return 0;
    }
  }

  async requireEnd(): Promise<void> {
    if (this.#gunzip === undefined || this.#hasEnded) return;
    this.#gunzip.end();
    // An empty file has no member that could be incomplete.
    if (this.#inAt > 0 && !this.#hasEnded && this.#fault === undefined)
      await once(this.#gunzip, 'end').catch(() => undefined);
    if (this.#fault !== undefined) throw this.#fault;
  }

  readBytes(): number {
    return this.#inAt;
  }

  #begin(): void {
    this.#gunzip = createGunzip();
    this.#out = [];
    this.#outAt = this.#inAt = 0;
    this.#fault = undefined;
    this.#hasEnded = false;
    this.#gunzip.on('data', (bytes: Buffer) => void this.#out.push(bytes));
    this.#gunzip.on('end', () => {
      this.#hasEnded = true;
    });
    this.#gunzip.on('error', error => {
      this.#fault = new FileFault(
        `${this.#name}: not gzip from byte ${this.#inAt} or a little before on: ${error.message}`,
      );
    });
  }

  #passTo(position: number): void {
    while (this.#out.length > 0 && this.#outAt + this.#out[0]!.length <= position) {
      this.#outAt += this.#out.shift()!.length;
    }
  }

  /** Returns false when there is nothing more for now. */
  async #unpackMore(): Promise<boolean> {
    if (this.#hasEnded) return false;
    const { bytesRead } = await this.#handle.read(this.#piece, 0, pieceBytes, this.#inAt);
    if (bytesRead === 0) return false;
    this.#inAt += bytesRead;
    const gunzip = this.#gunzip!;
    await new Promise<void>(resolve => {
      // Behind the last member there may be zeros: then the stream ends, and forgets to say that it has taken them.
      const done = () => {
        gunzip.off('end', done).off('error', done);
        resolve();
      };
      gunzip.once('end', done).once('error', done);
      gunzip.write(Buffer.from(this.#piece.subarray(0, bytesRead)), done);
    });
    return true;
  }
}
