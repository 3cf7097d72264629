import type { FileHandle } from 'node:fs/promises';

/** The content of a file, by position in it. */
export interface FileBytes {
  /** Puts up to `length` bytes of the content from `position` on into `buffer` at `at`. Returns how many; 0 at the end, as far as it is written. */
  read(buffer: Buffer, at: number, length: number, position: number): Promise<number>;
  /** The content ends here for good. Throws FileFault where it cannot. */
  requireEnd(): Promise<void>;
  /** How much of the file itself is read when its content is read up to `position`. */
  readBytes(position: number): number;
}

/** A file as it is. */
export class PlainBytes implements FileBytes {
  readonly #handle: FileHandle;

  constructor(handle: FileHandle) {
    this.#handle = handle;
  }

  async read(buffer: Buffer, at: number, length: number, position: number): Promise<number> {
    return (await this.#handle.read(buffer, at, length, position)).bytesRead;
  }

  async requireEnd(): Promise<void> {}

  readBytes(position: number): number {
    return position;
  }
}
