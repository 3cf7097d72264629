// The names of a simulated disk: which lead where as processes see it, which do so for certain, and per directory the changes since its last flush in
// between. A crash keeps of each directory's unflushed changes so many, in their order.

import type { Random } from '../ports/random.js';
import { fault } from './disk-fault.js';
import { SimulatedFile } from './simulated-file.js';

export type Entry = SimulatedFile | 'directory';

/** Names in a directory changed: each now leads to `entry`, or to nothing. The two of a rename survive together. */
type NameChange = readonly { readonly path: string; readonly entry: Entry | undefined }[];

export class NameTree {
  private live = new Map<string, Entry>();
  private readonly durable = new Map<string, Entry>();
  private readonly changes = new Map<string, NameChange[]>();

  get(path: string): Entry | undefined {
    return this.live.get(path);
  }

  /** As processes see them. */
  entries(): readonly (readonly [path: string, entry: Entry])[] {
    return [...this.live];
  }

  durableFiles(): readonly (readonly [path: string, file: SimulatedFile])[] {
    return [...this.durable].filter((each): each is [string, SimulatedFile] => each[1] !== 'directory');
  }

  /** The names in a directory. */
  list(path: string): readonly string[] {
    this.requireDirectory(path);
    const names: string[] = [];
    for (const name of this.live.keys()) {
      if (name.startsWith(path) && name[path.length] === '/' && !name.includes('/', path.length + 1)) {
        names.push(name.slice(path.length + 1));
      }
    }
    return names.sort();
  }

  requireDirectory(path: string): void {
    if (this.live.get(path) !== 'directory') throw fault('open', path, 'ENOENT');
  }

  add(path: string, entry: Entry): void {
    this.change([{ path, entry }]);
  }

  /** For certain, at once. */
  addDurably(path: string, entry: Entry): void {
    this.live.set(path, entry);
    this.durable.set(path, entry);
  }

  rename(from: string, to: string): void {
    const entry = this.live.get(from);
    if (entry === undefined) throw fault('rename', from, 'ENOENT');
    const inside = entry === 'directory' ? [...this.live].filter(([path]) => path.startsWith(`${from}/`)) : [];
    this.change(
      [[from, entry] as const, ...inside].flatMap(([path, entry]) => [
        { path, entry: undefined },
        { path: to + path.slice(from.length), entry },
      ]),
    );
  }

  remove(path: string): void {
    if (!this.live.has(path)) throw fault('remove', path, 'ENOENT');
    if ([...this.live.keys()].some(name => name.startsWith(`${path}/`))) throw fault('remove', path, 'ENOTEMPTY');
    this.change([{ path, entry: undefined }]);
  }

  flush(directory: string): void {
    for (const change of this.changes.get(directory) ?? []) this.applyDurably(change);
    this.changes.delete(directory);
  }

  /** Another tree of other files that are like these; `copyOf` gives the file for one of these. */
  copy(): { readonly tree: NameTree; readonly copyOf: (file: SimulatedFile) => SimulatedFile } {
    const tree = new NameTree();
    const copies = new Map<Entry | undefined, Entry | undefined>([['directory', 'directory']]);
    const copyOf = <T extends Entry | undefined>(entry: T): T => {
      if (entry instanceof SimulatedFile && !copies.has(entry)) copies.set(entry, entry.copy());
      return copies.get(entry) as T;
    };
    for (const [path, entry] of this.live) tree.live.set(path, copyOf(entry));
    for (const [path, entry] of this.durable) tree.durable.set(path, copyOf(entry));
    for (const [directory, changes] of this.changes) {
      const copied = changes.map(names => names.map(({ path, entry }) => ({ path, entry: copyOf(entry) })));
      tree.changes.set(directory, copied);
    }
    return { tree, copyOf };
  }

  /** What is durable is what there is; returns the files in it, each of which has its own crash, and how many changes are lost. */
  crash(random: Random): { readonly files: ReadonlySet<SimulatedFile>; readonly lostCount: number } {
    let lostCount = 0;
    for (const changes of this.changes.values()) {
      const kept = random.below(changes.length + 1);
      for (const change of changes.slice(0, kept)) this.applyDurably(change);
      lostCount += changes.length - kept;
    }
    this.changes.clear();
    for (const path of [...this.durable.keys()].sort()) {
      const parent = parentOf(path);
      if (parent !== '' && this.durable.get(parent) !== 'directory') this.durable.delete(path);
    }
    this.live = new Map(this.durable);
    return { files: new Set(this.durableFiles().map(([, file]) => file)), lostCount };
  }

  private change(change: NameChange): void {
    const directory = parentOf(change[0]!.path);
    for (const { path, entry } of change) setName(this.live, path, entry);
    const changes = this.changes.get(directory);
    if (changes === undefined) this.changes.set(directory, [change]);
    else changes.push(change);
  }

  private applyDurably(change: NameChange): void {
    for (const { path, entry } of change) setName(this.durable, path, entry);
  }
}

export function parentOf(path: string): string {
  return path.slice(0, Math.max(path.lastIndexOf('/'), 0));
}

function setName(names: Map<string, Entry>, path: string, entry: Entry | undefined): void {
  if (entry === undefined) names.delete(path);
  else names.set(path, entry);
}
