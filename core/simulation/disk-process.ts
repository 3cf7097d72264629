// The disk as one process sees it. Once that process has died, nothing it still tries has an effect.

import type { DirectoryLock, Disk, DiskFile } from '../ports/disk.js';
import type { SimulatedDisk } from './disk.js';
import { fault } from './disk-fault.js';
import { parentOf } from './name-tree.js';
import type { SimulatedFile } from './simulated-file.js';

export class DiskProcess implements Disk {
  private readonly disk: SimulatedDisk;
  private readonly life: number;

  constructor(disk: SimulatedDisk) {
    this.disk = disk;
    this.life = disk.life;
  }

  open(path: string, mode: 'read' | 'create'): DiskFile {
    this.requireLife(path);
    return this.handle(path, this.disk.openFile(path, mode));
  }

  private handle(path: string, file: SimulatedFile): DiskFile {
    const { disk } = this;
    let isOpen = true;
    const check = (): void => {
      this.requireLife(path);
      if (!isOpen) throw fault('use', path, 'EBADF');
    };
    const read: DiskFile['read'] = (target, targetStart, length, position) => {
      check();
      const part = disk.read(path, file, position, length);
      target.set(part, targetStart);
      return part.length;
    };
    return {
      path,
      sizeBytes: () => file.seen().sizeBytes,
      write: (bytes, start, end, position) => {
        check();
        disk.write(path, file, new Uint8Array(bytes.subarray(start, end)), position);
      },
      read,
      readAsync: async (...given) => {
        check();
        await disk.clock.sleep(disk.random.below(3));
        return read(...given);
      },
      flush: async () => {
        check();
        const upTo = file.lastChange;
        await disk.clock.sleep(disk.flushMs(path));
        this.requireLife(path);
        disk.flush(path, file, upTo);
      },
      flushNow: () => {
        check();
        disk.flush(path, file, file.lastChange);
      },
      truncate: sizeBytes => {
        check();
        disk.truncate(path, file, sizeBytes);
      },
      close: () => {
        isOpen = false;
      },
    };
  }

  exists(path: string): boolean {
    this.requireLife(path);
    return this.disk.exists(path);
  }

  readFile(path: string): Uint8Array {
    this.requireLife(path);
    const file = this.disk.openFile(path, 'read');
    const { sizeBytes } = file.seen();
    return file.live.read(0, sizeBytes).slice();
  }

  replaceFile(path: string, bytes: Uint8Array): void {
    const temporary = this.open(`${path}.tmp`, 'create');
    temporary.truncate(0);
    temporary.write(bytes, 0, bytes.length, 0);
    temporary.flushNow();
    temporary.close();
    this.rename(`${path}.tmp`, path);
    this.flushDirectory(parentOf(path));
  }

  list(path: string): readonly string[] {
    this.requireLife(path);
    return this.disk.list(path);
  }

  makeDirectory(path: string): void {
    this.requireLife(path);
    this.disk.makeDirectory(path);
  }

  rename(from: string, to: string): void {
    this.requireLife(from);
    this.disk.rename(from, to);
  }

  removeFile(path: string): void {
    this.requireLife(path);
    this.disk.remove(path);
  }

  removeDirectory(path: string): void {
    this.requireLife(path);
    this.disk.remove(path);
  }

  flushDirectory(path: string): void {
    this.requireLife(path);
    this.disk.flushDirectory(path);
  }

  async lockDirectory(path: string): Promise<DirectoryLock> {
    this.requireLife(path);
    this.disk.lock(path);
    return {
      release: async () => {
        if (this.life === this.disk.life) this.disk.unlock(path);
      },
    };
  }

  private requireLife(path: string): void {
    if (this.life !== this.disk.life) throw fault('use', path, 'the process has died');
  }
}
