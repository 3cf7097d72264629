// How far which files are read, by what the offsets say and by what was handed out since. A file is looked for by its inode as well as by its name,
// as it may have been renamed.

import type { FileHandle } from 'node:fs/promises';
import { normalize } from 'node:path';
import type { SourceBatch, SourceContext } from '../../connect/api/index.js';
import { type FilePlace, isThere, placeOfOffset } from './file-identity.js';

export class KnownPlaces {
  readonly #byPath = new Map<string, FilePlace>();
  /** The furthest in each. A name may have been given to another file since. */
  readonly #byInode = new Map<number, FilePlace>();

  #hasRead = false;

  constructor(context: SourceContext) {
    for (const { partition, offset } of context.offsets()) {
      this.#hasRead = true;
      const place = placeOfOffset(offset);
      if (place === undefined || typeof partition['filename'] !== 'string') continue;
      this.#byPath.set(partition['filename'], place);
      const { inode } = place.identity;
      if (place.position >= (this.#byInode.get(inode)?.position ?? 0)) this.#byInode.set(inode, place);
    }
  }

  /** Nothing was ever read. */
  get areNone(): boolean {
    return !this.#hasRead;
  }

  /** What was left under this name. */
  of(path: string): FilePlace | undefined {
    return this.#byPath.get(normalize(path));
  }

  /** The place in just this file, under whatever name it was read. */
  in(file: FileHandle, inode: number): FilePlace | undefined {
    const place = this.#byInode.get(inode);
    return place !== undefined && isThere(file, place) ? place : undefined;
  }

  take(batch: SourceBatch): void {
    this.#hasRead = true;
    const place = placeOfOffset(batch.offset);
    const path = String(batch.partition['filename']);
    if (place === undefined) {
      this.#byPath.delete(path);
    } else {
      this.#byPath.set(path, place);
      this.#byInode.set(place.identity.inode, place);
    }
  }
}
