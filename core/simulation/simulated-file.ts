// What a file is on the simulated disk: `live` as processes see it, `durable` what the disk holds for certain, and the changes since the
// last flush in between. As on Linux, a flush writes what is still marked as unwritten, no more: what a failed flush let go of stays visible
// until power is cut, and no later flush writes it.

import { Content } from './content.js';

export type Change =
  | { readonly kind: 'write'; readonly sequence: number; readonly position: number; readonly bytes: Uint8Array }
  | { readonly kind: 'truncate'; readonly sequence: number; readonly sizeBytes: number };

/** What is left of a write that may not have reached the disk whole; undefined: nothing. */
export type FateOfWrite = (write: Extract<Change, { kind: 'write' }>, durable: Content) => Uint8Array | undefined;

export class SimulatedFile {
  live: Content;
  durable: Content;
  private unflushed: Change[] = [];
  private sequence = 0;
  /** `live` holds what `durable` does not: after a failed flush, though nothing is marked as unwritten. */
  private isAhead = false;
  /** It holds bytes of before the process began. */
  private isFound = false;
  /** A process has asked for bytes that were here before it began, or for how many they are. */
  wasSeen = false;

  constructor(content = new Content()) {
    this.live = content;
    this.durable = content.copy();
  }

  /** A file of its own that holds the same, all of it durable, for another process to find. */
  durableCopy(): SimulatedFile {
    const file = new SimulatedFile(this.live.copy());
    file.isFound = true;
    return file;
  }

  /** A file of its own that is like this one. */
  copy(): SimulatedFile {
    const file = new SimulatedFile(this.live.copy());
    file.durable = this.durable.copy();
    file.unflushed = [...this.unflushed];
    file.sequence = this.sequence;
    file.isAhead = this.isAhead;
    return file;
  }

  /** The last change that was made, for `flush`. */
  get lastChange(): number {
    return this.sequence;
  }

  /** What it holds now, for a process that looks. */
  seen(): Content {
    if (this.isFound) this.wasSeen = true;
    return this.live;
  }

  write(bytes: Uint8Array, position: number): void {
    this.live.write(bytes, position);
    this.unflushed.push({ kind: 'write', sequence: ++this.sequence, position, bytes });
  }

  truncate(sizeBytes: number): void {
    if (sizeBytes === 0) this.isFound = false;
    this.live.resize(sizeBytes);
    this.unflushed.push({ kind: 'truncate', sequence: ++this.sequence, sizeBytes });
  }

  /** Makes the changes up to `upTo` durable. Later ones were made while the flush was under way, and it does not promise them. */
  flush(upTo: number): void {
    for (const change of this.takeUnflushed(upTo)) {
      if (change.kind === 'write') this.durable.write(change.bytes, change.position);
      else this.durable.resize(change.sizeBytes);
    }
  }

  /** The flush fails: each write up to `upTo` meets its fate, and none is marked as unwritten any more. */
  failFlush(upTo: number, fate: FateOfWrite): void {
    for (const change of this.takeUnflushed(upTo)) this.meet(change, fate);
    this.isAhead = true;
  }

  /** Power is cut. */
  crash(fate: FateOfWrite): void {
    if (this.unflushed.length === 0 && !this.isAhead) return;
    for (const change of this.takeUnflushed(this.sequence)) this.meet(change, fate);
    this.live = this.durable.copy();
    this.isAhead = false;
  }

  /** A bit that was once written turns over. */
  flipBit(at: number, bit: number): void {
    this.live.flipBit(at, bit);
    this.durable.flipBit(at, bit);
  }

  private meet(change: Change, fate: FateOfWrite): void {
    // Lengths are kept in the file system's journal: all of a truncation happens, or, where a write that grew the file is lost, a part of it.
    if (change.kind === 'truncate') this.durable.resize(change.sizeBytes);
    else {
      const left = fate(change, this.durable);
      if (left !== undefined) this.durable.write(left, change.position);
    }
  }

  private takeUnflushed(upTo: number): readonly Change[] {
    const end = this.unflushed.findIndex(change => change.sequence > upTo);
    return this.unflushed.splice(0, end < 0 ? this.unflushed.length : end);
  }
}
