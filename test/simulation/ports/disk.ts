// The simulated twin of core/ports/disk.ts: files in memory of which only what was flushed survives a crash for certain.
// A crash decides for each unflushed write whether it reached the disk whole, torn, or not at all (and may flip a bit in what was torn), and for
// each directory how many of its unflushed creations, renames and removals, in their order, did. What was flushed is never touched.
// Faults that a run may ask for: the next flush or write fails, the disk is full. Each fault that happened is counted.

import { WorldFault } from '../../../core/base/errors.js';
import type { Clock } from '../../../core/ports/clock.js';
import type { DirectoryLock, Disk, DiskFile } from '../../../core/ports/disk.js';
import type { Random } from '../../../core/ports/random.js';

const sectorBytes = 512;
export const faultNames = [
  'kill',
  'crash',
  'lost write',
  'torn write',
  'flipped bit',
  'lost rename',
  'flush failed',
  'write failed',
  'disk full',
] as const;
export type FaultName = (typeof faultNames)[number];

interface Write {
  readonly position: number;
  readonly bytes: Uint8Array;
}

/**
 * What a file is: `live` as processes see it, `durable` what the disk holds for certain, and what was written or cut since the last flush.
 * As on Linux, a flush writes what is still marked as unwritten, no more: what a failed flush dropped stays visible until power is cut.
 */
class Inode {
  live = new Uint8Array(0);
  durable = new Uint8Array(0);
  unflushed: (Write | { readonly truncatedTo: number })[] = [];

  write(bytes: Uint8Array, position: number): void {
    const change = { position, bytes };
    this.live = changed(this.live, change);
    this.unflushed.push(change);
  }

  truncate(sizeBytes: number): void {
    const change = { truncatedTo: sizeBytes };
    this.live = changed(this.live, change);
    this.unflushed.push(change);
  }

  flush(): void {
    for (const change of this.unflushed) this.durable = changed(this.durable, change);
    this.unflushed = [];
  }
}

/** One name in a directory changed: it now leads to `inode`, or to nothing. A rename is two changes that survive together. */
interface Change {
  readonly names: readonly { readonly path: string; readonly inode: Inode | 'directory' | undefined }[];
}

export class SimulatedDisk implements Disk {
  readonly faults = new Map<FaultName, number>(faultNames.map(name => [name, 0]));
  private live = new Map<string, Inode | 'directory'>();
  private durable = new Map<string, Inode | 'directory'>();
  private readonly changes = new Map<string, Change[]>();
  private readonly locked = new Set<string>();
  /** Counts up with each crash: a file opened before it can no longer be used. */
  private life = 0;
  private flushFailures = 0;
  private writeFailures = 0;
  private capacityBytes = Number.POSITIVE_INFINITY;
  private readonly random: Random;
  private readonly clock: Clock;

  constructor(random: Random, clock: Clock) {
    this.random = random;
    this.clock = clock;
  }

  failNextFlush(): void {
    this.flushFailures++;
  }

  failNextWrite(): void {
    this.writeFailures++;
  }

  /** No more than `bytes` may be held from now on; Infinity ends it. */
  limitTo(bytes: number): void {
    this.capacityBytes = bytes;
  }

  usedBytes(): number {
    let used = 0;
    for (const inode of this.live.values()) if (inode !== 'directory') used += inode.live.length;
    return used;
  }

  /** The process dies, the machine does not: nothing is lost, but its files and locks are let go. */
  kill(): void {
    this.count('kill');
    this.life++;
    this.flushFailures = 0;
    this.writeFailures = 0;
    this.locked.clear();
  }

  /** The machine loses power: files and directories are afterwards what a disk may hold then. */
  crash(): void {
    this.kill();
    this.count('crash');
    for (const changes of this.changes.values()) {
      const kept = this.random.below(changes.length + 1);
      for (const change of changes.slice(0, kept)) this.applyDurably(change);
      if (kept < changes.length) this.count('lost rename', changes.length - kept);
    }
    this.changes.clear();
    for (const path of [...this.durable.keys()].sort()) {
      const parent = parentOf(path);
      if (parent !== '' && this.durable.get(parent) !== 'directory') this.durable.delete(path);
    }
    for (const inode of new Set(this.durable.values())) if (inode !== 'directory') this.crashFile(inode);
    this.live = new Map(this.durable);
  }

  private crashFile(inode: Inode): void {
    for (const write of inode.unflushed) {
      const fate = this.random.below(3);
      if ('truncatedTo' in write) {
        if (fate > 0) inode.durable = resized(inode.durable, write.truncatedTo);
      } else if (fate === 0) this.count('lost write');
      else inode.durable = written(inode.durable, fate === 1 ? this.torn(write) : write);
    }
    inode.unflushed = [];
    inode.live = inode.durable.slice();
  }

  /** A part of the write, cut at a byte or holed by sectors that never came; now and then with a bit turned over. */
  private torn(write: Write): Write {
    this.count('torn write');
    const bytes = write.bytes.slice(
      0,
      this.random.below(2) === 0 ? this.random.below(write.bytes.length + 1) : write.bytes.length,
    );
    if (this.random.below(2) === 0 && bytes.length > sectorBytes) {
      const hole = this.random.below(Math.ceil(bytes.length / sectorBytes)) * sectorBytes;
      bytes.fill(0, hole, Math.min(hole + sectorBytes, bytes.length));
    }
    if (this.random.below(3) === 0 && bytes.length > 0) {
      this.count('flipped bit');
      bytes[this.random.below(bytes.length)]! ^= 1 << this.random.below(8);
    }
    return { position: write.position, bytes };
  }

  open(path: string, mode: 'read' | 'create'): DiskFile {
    let inode = this.live.get(path);
    if (inode === 'directory') throw fault('open', path, 'EISDIR');
    if (inode === undefined) {
      if (mode === 'read') throw fault('open', path, 'ENOENT');
      this.require(parentOf(path));
      inode = new Inode();
      this.change(path, { names: [{ path, inode }] });
    }
    return this.fileOf(path, inode, this.life);
  }

  private fileOf(path: string, inode: Inode, life: number): DiskFile {
    let isOpen = true;
    const check = (): void => {
      if (life !== this.life) throw fault('use', path, 'the process that opened it has died');
      if (!isOpen) throw fault('use', path, 'EBADF');
    };
    const read = (target: Uint8Array, targetStart: number, length: number, position: number): number => {
      check();
      const part = inode.live.subarray(position, position + length);
      target.set(part, targetStart);
      return part.length;
    };
    const flushNow = (): void => {
      check();
      if (this.flushFailures > 0) this.failFlush(path, inode);
      inode.flush();
    };
    return {
      path,
      sizeBytes: () => inode.live.length,
      write: (bytes, start, end, position) => {
        check();
        this.writeOrFail(path, inode, bytes.slice(start, end), position);
      },
      read,
      readAsync: async (...given) => {
        await this.clock.sleep(this.random.below(3));
        return read(...given);
      },
      flush: async () => {
        check();
        // What is written while the flush is under way is not promised by it; our disk then flushes at the end, which is the later and kinder moment.
        await this.clock.sleep(this.random.below(10));
        flushNow();
      },
      flushNow,
      truncate: sizeBytes => {
        check();
        inode.truncate(sizeBytes);
      },
      close: () => {
        isOpen = false;
      },
    };
  }

  private writeOrFail(path: string, inode: Inode, bytes: Uint8Array, position: number): void {
    const growth = Math.max(0, position + bytes.length - inode.live.length);
    const room = this.capacityBytes - this.usedBytes();
    if (growth > room) {
      this.count('disk full');
      // A real disk takes what still fits before it says so.
      inode.write(bytes.slice(0, Math.max(0, bytes.length - growth + Math.max(0, room))), position);
      throw fault('write', path, 'ENOSPC');
    }
    if (this.writeFailures > 0) {
      this.writeFailures--;
      this.count('write failed');
      inode.write(bytes.slice(0, this.random.below(bytes.length + 1)), position);
      throw fault('write', path, 'EIO');
    }
    inode.write(bytes, position);
  }

  /** As Linux does: the pages are marked clean, so what was not written will never be, and a second fsync would lie. */
  private failFlush(path: string, inode: Inode): never {
    this.flushFailures--;
    this.count('flush failed');
    inode.unflushed = [];
    throw fault('fdatasync', path, 'EIO');
  }

  exists(path: string): boolean {
    return this.live.has(path);
  }

  readFile(path: string): Uint8Array {
    const inode = this.live.get(path);
    if (inode === undefined || inode === 'directory') throw fault('read', path, 'ENOENT');
    return inode.live.slice();
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
    this.require(path);
    const prefix = `${path}/`;
    return [...this.live.keys()]
      .filter(name => name.startsWith(prefix) && !name.slice(prefix.length).includes('/'))
      .map(name => name.slice(prefix.length))
      .sort();
  }

  makeDirectory(path: string): void {
    if (this.live.has(path)) return;
    const parent = parentOf(path);
    if (parent !== path && parent !== '') this.makeDirectory(parent);
    this.change(path, { names: [{ path, inode: 'directory' }] });
    this.flushDirectory(parent);
  }

  rename(from: string, to: string): void {
    const moved = [...this.live].filter(([path]) => path === from || path.startsWith(`${from}/`));
    if (moved.length === 0) throw fault('rename', from, 'ENOENT');
    const names = moved.flatMap(([path, inode]) => [
      { path, inode: undefined },
      { path: to + path.slice(from.length), inode },
    ]);
    this.change(from, { names });
  }

  removeFile(path: string): void {
    if (!this.live.has(path)) throw fault('unlink', path, 'ENOENT');
    this.change(path, { names: [{ path, inode: undefined }] });
  }

  removeDirectory(path: string): void {
    if ([...this.live.keys()].some(name => name.startsWith(`${path}/`))) throw fault('remove', path, 'ENOTEMPTY');
    this.change(path, { names: [{ path, inode: undefined }] });
  }

  flushDirectory(path: string): void {
    for (const change of this.changes.get(path) ?? []) this.applyDurably(change);
    this.changes.delete(path);
  }

  lockDirectory(path: string): Promise<DirectoryLock> {
    if (this.locked.has(path)) return Promise.reject(fault('lock', path, 'held'));
    this.locked.add(path);
    const life = this.life;
    return Promise.resolve({
      release: () => {
        if (life === this.life) this.locked.delete(path);
        return Promise.resolve();
      },
    });
  }

  private change(path: string, change: Change): void {
    const directory = parentOf(path);
    for (const { path: name, inode } of change.names) setName(this.live, name, inode);
    const changes = this.changes.get(directory) ?? [];
    changes.push(change);
    this.changes.set(directory, changes);
  }

  private applyDurably(change: Change): void {
    for (const { path, inode } of change.names) setName(this.durable, path, inode);
  }

  private require(directory: string): void {
    if (this.live.get(directory) !== 'directory') throw fault('open', directory, 'ENOENT');
  }

  private count(name: FaultName, by = 1): void {
    this.faults.set(name, this.faults.get(name)! + by);
  }
}

function setName(names: Map<string, Inode | 'directory'>, path: string, inode: Inode | 'directory' | undefined): void {
  if (inode === undefined) names.delete(path);
  else names.set(path, inode);
}

function parentOf(path: string): string {
  return path.slice(0, Math.max(path.lastIndexOf('/'), 0));
}

function resized(bytes: Uint8Array, sizeBytes: number): Uint8Array<ArrayBuffer> {
  const result = new Uint8Array(sizeBytes);
  result.set(bytes.subarray(0, sizeBytes));
  return result;
}

function changed(
  bytes: Uint8Array<ArrayBuffer>,
  change: Write | { readonly truncatedTo: number },
): Uint8Array<ArrayBuffer> {
  return 'truncatedTo' in change ? resized(bytes, change.truncatedTo) : written(bytes, change);
}

function written(bytes: Uint8Array<ArrayBuffer>, write: Write): Uint8Array<ArrayBuffer> {
  const end = write.position + write.bytes.length;
  const result = end > bytes.length ? resized(bytes, end) : bytes.slice();
  result.set(write.bytes, write.position);
  return result;
}

function fault(what: string, path: string, why: string): WorldFault {
  return new WorldFault(`cannot ${what} ${path}: ${why}`, { isRetriable: false });
}
