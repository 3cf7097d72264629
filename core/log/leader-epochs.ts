// Where each leader epoch began: the file `leader-epoch-checkpoint`, by which a follower finds where it left its leader (KIP-101).
// An entry is on disk before the first batch of its epoch.

import type { Ports } from '../ports/ports.js';
import { formatEntries, parseEntries } from './checkpoint-text.js';

interface EpochEntry {
  readonly epoch: number;
  readonly startOffset: number;
}

export class LeaderEpochs {
  // Invariant: epochs and start offsets both grow strictly.
  private entries: EpochEntry[];
  private readonly ports: Ports;
  private readonly path: string;

  private constructor(ports: Ports, path: string, entries: EpochEntry[]) {
    this.ports = ports;
    this.path = path;
    this.entries = entries;
  }

  /** Reads the file; `isComplete` is false when there is none that can be read, and the log has to be walked. */
  static load(ports: Ports, directory: string): { epochs: LeaderEpochs; isComplete: boolean } {
    const path = `${directory}/leader-epoch-checkpoint`;
    const rows = ports.disk.exists(path) ? parseEntries(ports.disk.readFile(path), 2) : undefined;
    const entries = rows?.map(([epoch, startOffset]) => ({ epoch: Number(epoch), startOffset: Number(startOffset) }));
    const isComplete = entries?.every((entry, index) => follows(entry, entries[index - 1])) ?? false;
    return { epochs: new LeaderEpochs(ports, path, isComplete ? entries! : []), isComplete };
  }

  /** -1 before the first. */
  get latest(): number {
    return this.entries.at(-1)?.epoch ?? -1;
  }

  /** Whether a batch at `offset` may bear `epoch`; below the first start offset, where older epochs are forgotten, several may. */
  allows(epoch: number, offset: number): boolean {
    const entry = this.entries.findLast(each => each.startOffset <= offset);
    if (entry !== undefined) return epoch === entry.epoch;
    const first = this.entries[0]?.epoch ?? -1;
    return first < 0 ? epoch === -1 : epoch <= first;
  }

  /** Notes that `epoch`, if it is new, begins at `startOffset`. */
  assign(epoch: number, startOffset: number): void {
    if (this.learn(epoch, startOffset)) this.save();
  }

  /** Like `assign`, but leaves the file for later (`save`). */
  learn(epoch: number, startOffset: number): boolean {
    if (epoch <= this.latest) return false;
    // An epoch that never wrote a batch has no end to tell anyone.
    this.entries = this.entries.filter(entry => entry.startOffset < startOffset);
    this.entries.push({ epoch, startOffset });
    return true;
  }

  /** Forgets the epochs that began at or after `endOffset`; true when there were any. */
  truncateEnd(endOffset: number): boolean {
    const kept = this.entries.filter(entry => entry.startOffset < endOffset);
    const isChanged = kept.length < this.entries.length;
    this.entries = kept;
    return isChanged;
  }

  /** Forgets what lies below the log start offset; the epoch that spans it now begins there. */
  truncateStart(startOffset: number): void {
    const spanning = this.entries.findLastIndex(entry => entry.startOffset <= startOffset);
    if (spanning < 0 || (spanning === 0 && this.entries[0]!.startOffset === startOffset)) return;
    const rest = this.entries.slice(spanning + 1);
    this.entries = [{ epoch: this.entries[spanning]!.epoch, startOffset }, ...rest];
    this.save();
  }

  /** The largest epoch not above `epoch`, and where it ends; -1 and -1 when there is none. */
  endOffsetOf(epoch: number, logEndOffset: number): { epoch: number; endOffset: number } {
    const index = this.entries.findLastIndex(entry => entry.epoch <= epoch);
    if (index < 0 || epoch > this.latest) return { epoch: -1, endOffset: -1 };
    return { epoch: this.entries[index]!.epoch, endOffset: this.entries[index + 1]?.startOffset ?? logEndOffset };
  }

  save(): void {
    const rows = this.entries.map(({ epoch, startOffset }) => [epoch, startOffset]);
    this.ports.disk.replaceFile(this.path, formatEntries(rows));
  }
}

function follows(entry: EpochEntry, previous: EpochEntry | undefined): boolean {
  const { epoch, startOffset } = entry;
  if (!Number.isSafeInteger(epoch) || !Number.isSafeInteger(startOffset) || epoch < 0 || startOffset < 0) return false;
  return previous === undefined || (epoch > previous.epoch && startOffset > previous.startOffset);
}
