import { WorldFault } from '../../../core/base/errors.js';
import type { Disk, DiskFile } from '../../../core/ports/disk.js';

/** A disk whose `.log` files fail when told to. */
export class FaultyDisk {
  readonly disk: Disk;
  /** Bytes of the next write that still go through, before the disk is full; undefined for no fault. */
  bytesUntilFull: number | undefined;
  isFlushFailing = false;
  isTruncateFailing = false;
  flushCount = 0;
  /** Holds flushes back until it resolves. */
  gate: Promise<void> | undefined;

  constructor(real: Disk) {
    const wrapped: Disk = { ...bound(real), open: (path, mode) => this.wrap(real.open(path, mode)) };
    this.disk = wrapped;
  }

  private wrap(file: DiskFile): DiskFile {
    if (!file.path.endsWith('.log')) return file;
    return {
      path: file.path,
      sizeBytes: () => file.sizeBytes(),
      read: (...args) => file.read(...args),
      readAsync: (...args) => file.readAsync(...args),
      close: () => file.close(),
      write: (bytes, start, end, position) => {
        if (this.bytesUntilFull === undefined || end - start <= this.bytesUntilFull) {
          return file.write(bytes, start, end, position);
        }
        file.write(bytes, start, start + this.bytesUntilFull, position);
        throw fault('ENOSPC: no space left on device');
      },
      truncate: sizeBytes => {
        if (this.isTruncateFailing) throw fault('EIO: truncate');
        file.truncate(sizeBytes);
      },
      flush: async () => {
        this.flushCount++;
        await this.gate;
        if (this.isFlushFailing) throw fault('EIO: fdatasync');
        await file.flush();
      },
      flushNow: () => {
        if (this.isFlushFailing) throw fault('EIO: fdatasync');
        file.flushNow();
      },
    };
  }
}

function fault(message: string): WorldFault {
  return new WorldFault(message, { isRetriable: false });
}

function bound(disk: Disk): Disk {
  return {
    open: (path, mode) => disk.open(path, mode),
    exists: path => disk.exists(path),
    readFile: path => disk.readFile(path),
    replaceFile: (path, bytes) => disk.replaceFile(path, bytes),
    list: path => disk.list(path),
    makeDirectory: path => disk.makeDirectory(path),
    rename: (from, to) => disk.rename(from, to),
    removeFile: path => disk.removeFile(path),
    removeDirectory: path => disk.removeDirectory(path),
    flushDirectory: path => disk.flushDirectory(path),
    lockDirectory: path => disk.lockDirectory(path),
  };
}
