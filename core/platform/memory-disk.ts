// The disk behind `memory:`: directories and files of one process, gone with it. Private to whoever made it.

import { UsageError } from '../base/errors.js';
import type { Disk, DiskFile } from '../ports/disk.js';
import { diskFault } from './disk-fault.js';
import { MemoryContent, MemoryFile } from './memory-file.js';

export class MemoryDisk implements Disk {
  private readonly files = new Map<string, MemoryContent>();
  private readonly directories = new Map<string, Set<string>>([['/', new Set()]]);
  private readonly locked = new Set<string>();

  open(path: string, mode: 'read' | 'create'): DiskFile {
    const at = normal(path);
    let content = this.files.get(at);
    if (content === undefined) {
      if (mode === 'read') throw missing(path, 'open');
      content = new MemoryContent();
      this.parent(path, 'open').add(nameOf(at));
      this.files.set(at, content);
    }
    return new MemoryFile(path, content);
  }

  exists(path: string): boolean {
    return this.files.has(normal(path)) || this.directories.has(normal(path));
  }

  readFile(path: string): Uint8Array {
    const content = this.files.get(normal(path));
    if (content === undefined) throw missing(path, 'read');
    const bytes = new Uint8Array(content.sizeBytes);
    content.read(bytes, 0, bytes.length, 0);
    return bytes;
  }

  replaceFile(path: string, bytes: Uint8Array): void {
    const content = new MemoryContent();
    content.write(bytes, 0, bytes.length, 0);
    this.parent(path, 'write').add(nameOf(normal(path)));
    this.files.set(normal(path), content);
  }

  list(path: string): readonly string[] {
    const entries = this.directories.get(normal(path));
    if (entries === undefined) throw missing(path, 'list');
    return [...entries].sort();
  }

  makeDirectory(path: string): void {
    const at = normal(path);
    if (this.directories.has(at)) return;
    this.makeDirectory(parentOf(at));
    this.parent(path, 'make the directory').add(nameOf(at));
    this.directories.set(at, new Set());
  }

  rename(from: string, to: string): void {
    const [source, target] = [normal(from), normal(to)];
    const content = this.files.get(source);
    const entries = this.directories.get(source);
    if (content === undefined && entries === undefined) throw missing(from, 'rename');
    this.parent(to, 'rename').add(nameOf(target));
    this.parent(from, 'rename').delete(nameOf(source));
    if (content !== undefined) {
      this.files.delete(source);
      this.files.set(target, content);
      return;
    }
    moveKeys(this.directories, source, target);
    moveKeys(this.files, source, target);
  }

  removeFile(path: string): void {
    if (!this.files.delete(normal(path))) throw missing(path, 'remove');
    this.parent(path, 'remove').delete(nameOf(normal(path)));
  }

  removeDirectory(path: string): void {
    const entries = this.directories.get(normal(path));
    if (entries === undefined) throw missing(path, 'remove');
    if (entries.size > 0) throw diskFault(path, 'remove', new Error('the directory is not empty'));
    this.directories.delete(normal(path));
    this.parent(path, 'remove').delete(nameOf(normal(path)));
  }

  flushDirectory(path: string): void {
    if (!this.directories.has(normal(path))) throw missing(path, 'fsync of the directory');
  }

  async lockDirectory(path: string): Promise<{ release(): Promise<void> }> {
    const at = normal(path);
    if (this.locked.has(at)) throw new UsageError(`${path} is already open: close it before it is opened again`);
    this.locked.add(at);
    return { release: async () => void this.locked.delete(at) };
  }

  private parent(path: string, call: string): Set<string> {
    const entries = this.directories.get(parentOf(normal(path)));
    if (entries === undefined) throw missing(path, call);
    return entries;
  }
}

function normal(path: string): string {
  const parts: string[] = [];
  for (const part of path.split('/')) {
    if (part === '..') parts.pop();
    else if (part !== '' && part !== '.') parts.push(part);
  }
  return `/${parts.join('/')}`;
}

const parentOf = (at: string): string => at.slice(0, Math.max(1, at.lastIndexOf('/')));
const nameOf = (at: string): string => at.slice(at.lastIndexOf('/') + 1);

function moveKeys<T>(map: Map<string, T>, from: string, to: string): void {
  for (const [path, value] of [...map]) {
    if (path !== from && !path.startsWith(`${from}/`)) continue;
    map.delete(path);
    map.set(to + path.slice(from.length), value);
  }
}

function missing(path: string, call: string): Error {
  return diskFault(path, call, Object.assign(new Error('no such file or directory'), { code: 'ENOENT' }));
}
