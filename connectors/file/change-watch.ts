// Hears from the system that a file or folder has changed. It promises nothing: a change may go unheard (another machine's, on a network's file system; an
// exchanged link above the file), so whoever listens looks again by himself as well, as often as `reachesAll` allows.

import { type FSWatcher, lstatSync, statfsSync, watch } from 'node:fs';
import { dirname } from 'node:path';

/** Linux's numbers of file systems whose changes all go through this machine: ext, xfs, btrfs, tmpfs, overlay, zfs, f2fs, ramfs, bcachefs. */
const localTypes: ReadonlySet<number> = new Set([
  0xef53, 0x58465342, 0x9123683e, 0x01021994, 0x794c7630, 0x2fc12fc1, 0xf2f52010, 0x858458f6, 0xca451a4e,
]);

export class ChangeWatch {
  /** Whether no change in these places should go unheard. */
  readonly reachesAll: boolean;
  readonly #watchers: FSWatcher[] = [];
  readonly #heard: (isRenamed: boolean) => void;

  /** Watches files and folders; of a file that is not there, its folder. */
  constructor(paths: readonly string[], heard: (isRenamed: boolean) => void) {
    this.#heard = heard;
    let reachesAll = true;
    for (const path of paths) reachesAll = this.#watch(path) && reachesAll;
    this.reachesAll = reachesAll;
  }

  close(): void {
    for (const watcher of this.#watchers) watcher.close();
  }

  #watch(path: string): boolean {
    try {
      const found = lstatSync(path, { throwIfNoEntry: false });
      const there = found === undefined ? dirname(path) : path;
      if (found?.isSymbolicLink() === true) this.#add(dirname(path));
      this.#add(there);
      return localTypes.has(statfsSync(there).type >>> 0);
    } catch {
      // The system's limit of watches is reached, or there is not even a folder.
      return false;
    }
  }

  #add(path: string): void {
    const watcher = watch(path, { persistent: false }, event => this.#heard(event === 'rename'));
    watcher.on('error', () => this.#heard(true));
    this.#watchers.push(watcher);
  }
}
