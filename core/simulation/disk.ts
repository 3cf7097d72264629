// The simulated twin of core/ports/disk.ts: files in memory of which only what was flushed survives a crash for certain.
// A crash decides for each unflushed write whether it reached the disk whole, torn, or not at all (and may flip a bit in what was torn), and for
// each directory how many of its unflushed creations, renames and removals, in their order, did. What was flushed is never touched, except by
// `damage`. Processes use the disk through a `DiskProcess`; whoever has died cannot touch it any more.

import { nodeDigests } from '../platform/node-digests.js';
import type { Clock } from '../ports/clock.js';
import type { Random } from '../ports/random.js';
import { fault } from './disk-fault.js';
import type { FaultCounts, FaultName } from './faults.js';
import { NameTree, parentOf } from './name-tree.js';
import { SimulatedFile } from './simulated-file.js';
import { fateOf } from './write-fate.js';

/** What a process asks of the disk that changes it. */
export type DiskOperation =
  | 'write'
  | 'truncate'
  | 'flush'
  | 'create'
  | 'rename'
  | 'remove'
  | 'make-directory'
  | 'flush-directory';

/** A write that is under way: a process that dies now may have written a part of it. */
export interface WriteUnderWay {
  readonly file: SimulatedFile;
  readonly bytes: Uint8Array;
  readonly position: number;
}

export interface SimulatedDiskOptions {
  readonly random: Random;
  readonly clock: Clock;
  readonly faults: FaultCounts;
}

export class SimulatedDisk {
  /** Counts up with each death: who attached before it can no longer use the disk. */
  life = 0;
  /** How the process has died, if that has happened inside of an operation. */
  death: 'kill' | 'crash' | undefined;
  /** Told of each operation before it changes anything; one that calls `dieAfter(1, how)` lets the process die inside of it. */
  onOperation: (operation: DiskOperation, path: string, write?: WriteUnderWay) => void = () => {};
  readonly clock: Clock;
  readonly random: Random;
  readonly faults: FaultCounts;
  private tree = new NameTree();
  private readonly locked = new Set<string>();
  /** The files of the disk that this one is a copy of. */
  private readonly found = new Map<string, SimulatedFile>();
  private flushFailures = 0;
  private writeFailures = 0;
  private readFailures = 0;
  private operationsToLive = Number.POSITIVE_INFINITY;
  private plannedDeath: 'kill' | 'crash' = 'kill';
  private capacityBytes = Number.POSITIVE_INFINITY;

  constructor(options: SimulatedDiskOptions) {
    this.random = options.random;
    this.clock = options.clock;
    this.faults = options.faults;
  }

  /** Another disk that holds the same, all of it for certain: to begin several runs from one state. */
  copy(options: SimulatedDiskOptions): SimulatedDisk {
    const disk = new SimulatedDisk(options);
    for (const [path, entry] of this.tree.entries()) {
      const copied = entry === 'directory' ? entry : entry.durableCopy();
      disk.tree.addDurably(path, copied);
      if (copied !== 'directory') disk.found.set(path, copied);
    }
    return disk;
  }

  /** The files of the disk that this one is a copy of whose bytes or size a process has asked for here. */
  seen(): readonly string[] {
    return [...this.found].flatMap(([path, file]) => (file.wasSeen ? [path] : []));
  }

  /** The names of all files and directories. */
  names(): readonly string[] {
    return this.tree
      .entries()
      .map(([path, entry]) => (entry === 'directory' ? `${path}/` : path))
      .sort();
  }

  /** Whether these files hold the same here as there. */
  holdsTheSame(paths: readonly string[], other: SimulatedDisk): boolean {
    return paths.every(path => {
      const [here, there] = [this.tree.get(path), other.tree.get(path)];
      return here instanceof SimulatedFile && there instanceof SimulatedFile && here.live.equals(there.live);
    });
  }

  /** Another disk: this one, had its process died now, in the middle of that write if one is given. This one goes on undisturbed. */
  copyAfter(death: 'kill' | 'crash', options: SimulatedDiskOptions, write?: WriteUnderWay): SimulatedDisk {
    const disk = new SimulatedDisk(options);
    const { tree, copyOf } = this.tree.copy();
    disk.tree = tree;
    if (write !== undefined) {
      const { file, bytes, position } = write;
      copyOf(file).write(bytes.slice(0, disk.random.below(bytes.length + 1)), position);
    }
    disk[death]();
    return disk;
  }

  /** The same for two disks on which a process finds the same. */
  fingerprint(): string {
    const parts: Uint8Array[] = [];
    for (const [path, entry] of [...this.tree.entries()].sort(([a], [b]) => (a < b ? -1 : 1))) {
      const size = entry === 'directory' ? 'directory' : entry.live.sizeBytes;
      parts.push(Buffer.from(`${path}\n${size}\n`));
      if (entry !== 'directory') parts.push(entry.live.read(0, entry.live.sizeBytes));
    }
    return Buffer.from(nodeDigests.hash('sha256', Buffer.concat(parts))).toString('base64');
  }

  /** How long an fdatasync of that file takes. */
  flushMs(_path: string): number {
    return this.random.below(10);
  }

  failNextFlush(): void {
    this.flushFailures++;
  }

  failNextWrite(): void {
    this.writeFailures++;
  }

  failNextRead(): void {
    this.readFailures++;
  }

  /** The process dies in the `count`th operation from now that would change something. */
  dieAfter(count: number, how: 'kill' | 'crash'): void {
    this.operationsToLive = count;
    this.plannedDeath = how;
  }

  /** The process dies here and now, outside of any operation; what it still tries has no effect. `kill` or `crash` begins the next life. */
  die(how: 'kill' | 'crash'): void {
    this.death = how;
    this.life++;
  }

  /** No more than `bytes` may be held from now on; Infinity ends it. */
  limitTo(bytes: number): void {
    this.capacityBytes = bytes;
  }

  usedBytes(): number {
    let used = 0;
    for (const [, entry] of this.tree.entries()) if (entry !== 'directory') used += entry.live.sizeBytes;
    return used;
  }

  /** The process dies, the machine does not: nothing is lost, but its files and locks are let go. */
  kill(): void {
    this.faults.count('kill');
    this.life++;
    this.death = undefined;
    this.operationsToLive = Number.POSITIVE_INFINITY;
    this.flushFailures = this.writeFailures = this.readFailures = 0;
    this.limitTo(Number.POSITIVE_INFINITY);
    this.locked.clear();
  }

  /** The machine loses power: files and directories are afterwards what a disk may hold then. */
  crash(): void {
    this.kill();
    this.faults.count('crash');
    const { files, lostCount } = this.tree.crash(this.random);
    this.faults.count('lost rename', lostCount);
    for (const file of files) file.crash((write, durable) => fateOf(write, durable, this));
  }

  /** Turns over a bit in one of the files that `isMeant`; its path, or undefined when there is none. */
  damage(name: FaultName, isMeant: (path: string) => boolean): string | undefined {
    const files = this.tree.durableFiles().filter(([path, file]) => isMeant(path) && file.live.sizeBytes > 0);
    const chosen = files[this.random.below(files.length)];
    if (chosen === undefined) return undefined;
    const [path, file] = chosen;
    file.flipBit(this.random.below(Math.min(file.live.sizeBytes, file.durable.sizeBytes)), this.random.below(8));
    this.faults.count(name);
    return path;
  }

  private mutating(operation: DiskOperation, path: string): void {
    if (operation !== 'write') this.onOperation(operation, path);
    if (--this.operationsToLive > 0) return;
    this.operationsToLive = Number.POSITIVE_INFINITY;
    this.faults.count('death inside of an operation');
    this.die(this.plannedDeath);
    throw fault('use', path, 'the process has died');
  }

  openFile(path: string, mode: 'read' | 'create'): SimulatedFile {
    const entry = this.tree.get(path);
    if (entry === 'directory') throw fault('open', path, 'EISDIR');
    if (entry !== undefined) return entry;
    if (mode === 'read') throw fault('open', path, 'ENOENT');
    this.tree.requireDirectory(parentOf(path));
    const file = new SimulatedFile();
    this.mutating('create', path);
    this.tree.add(path, file);
    return file;
  }

  read(path: string, file: SimulatedFile, position: number, length: number): Uint8Array {
    if (this.readFailures > 0 && path.endsWith('.log')) {
      this.readFailures--;
      this.faults.count('read failed');
      throw fault('read', path, 'EIO');
    }
    return file.seen().read(position, length);
  }

  write(path: string, file: SimulatedFile, bytes: Uint8Array, position: number): void {
    const growth = Math.max(0, position + bytes.length - file.live.sizeBytes);
    this.onOperation('write', path, { file, bytes, position });
    if (this.operationsToLive === 1) file.write(bytes.slice(0, this.random.below(bytes.length + 1)), position);
    this.mutating('write', path);
    const room = this.capacityBytes === Number.POSITIVE_INFINITY ? growth : this.capacityBytes - this.usedBytes();
    if (growth > room) {
      this.faults.count('disk full');
      if (!path.endsWith('.log')) this.faults.count('disk full in a roll or a checkpoint');
      // A real disk takes what still fits before it says so.
      file.write(bytes.slice(0, Math.max(0, bytes.length - growth + Math.max(0, room))), position);
      throw fault('write', path, 'ENOSPC');
    }
    if (this.writeFailures > 0) {
      this.writeFailures--;
      this.faults.count('write failed');
      file.write(bytes.slice(0, this.random.below(bytes.length + 1)), position);
      throw fault('write', path, 'EIO');
    }
    file.write(bytes, position);
  }

  truncate(path: string, file: SimulatedFile, sizeBytes: number): void {
    this.mutating('truncate', path);
    file.truncate(sizeBytes);
  }

  flush(path: string, file: SimulatedFile, upTo: number): void {
    this.mutating('flush', path);
    if (this.flushFailures > 0) {
      this.flushFailures--;
      this.faults.count('flush failed');
      file.failFlush(upTo, (write, durable) => fateOf(write, durable, this));
      throw fault('fdatasync', path, 'EIO');
    }
    file.flush(upTo);
  }

  exists(path: string): boolean {
    return this.tree.get(path) !== undefined;
  }

  list(path: string): readonly string[] {
    return this.tree.list(path);
  }

  makeDirectory(path: string): void {
    if (this.exists(path)) return;
    const parent = parentOf(path);
    if (parent !== path && parent !== '') this.makeDirectory(parent);
    this.mutating('make-directory', path);
    this.tree.add(path, 'directory');
    this.flushDirectory(parent);
  }

  rename(from: string, to: string): void {
    this.mutating('rename', from);
    this.tree.rename(from, to);
  }

  remove(path: string): void {
    this.mutating('remove', path);
    this.tree.remove(path);
  }

  flushDirectory(path: string): void {
    this.mutating('flush-directory', path);
    this.tree.flush(path);
  }

  lock(path: string): void {
    if (this.locked.has(path)) throw fault('lock', path, 'held');
    this.locked.add(path);
  }

  unlock(path: string): void {
    this.locked.delete(path);
  }
}
