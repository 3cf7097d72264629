// The newest batches of a partition, kept in memory by reference for those who read behind the writer. The batches are immutable
// from the append on. All partitions of a directory share one budget: when it is spent, the batch appended longest ago goes.
// What nobody seems to read is not kept: its buffer is better used for the next batch (docs/decisions/008).
// Invariant: what is kept is without a gap up to the log end offset, or nothing.

import { leaveBuffer } from '../records/batch-buffers.js';

/** Counted for the objects around a batch. */
const overheadBytes = 200;
/** When so much was appended without a reader near the end, nobody is expected. */
export const patienceBytes = 8 * 1024 * 1024;

export class TailBudget {
  private readonly sizeBytesMax: number;
  private sizeBytes = 0;
  private owners: HotTail[] = [];
  private head = 0;

  constructor(sizeBytesMax: number) {
    this.sizeBytesMax = sizeBytesMax;
  }

  /** Books a batch of `tail`, and drops the oldest of all until it fits. */
  book(tail: HotTail, sizeBytes: number): void {
    this.owners.push(tail);
    this.sizeBytes += sizeBytes + overheadBytes;
    while (this.sizeBytes > this.sizeBytesMax && this.head < this.owners.length) {
      this.sizeBytes -= this.owners[this.head++]!.dropOldest() + overheadBytes;
    }
    if (this.head > 1024 && this.head * 2 > this.owners.length) {
      this.owners = this.owners.slice(this.head);
      this.head = 0;
    }
  }

  /** All that is booked for `tail` has gone. */
  forget(tail: HotTail, batchCount: number, sizeBytes: number): void {
    this.owners = this.owners.slice(this.head).filter(owner => owner !== tail);
    this.head = 0;
    this.sizeBytes -= sizeBytes + batchCount * overheadBytes;
  }
}

export class HotTail {
  private readonly budget: TailBudget;
  private batches: Uint8Array[] = [];
  private baseOffsets: number[] = [];
  private head = 0;
  /** Since a reader was last near the end; a log that was just opened expects one. */
  private unreadBytes = 0;

  constructor(budget: TailBudget) {
    this.budget = budget;
  }

  /** Somebody reads near the end. */
  expectReader(): void {
    this.unreadBytes = 0;
  }

  push(batch: Uint8Array, baseOffset: number): void {
    this.unreadBytes += batch.length;
    if (this.unreadBytes > patienceBytes) {
      this.dropAll();
      leaveBuffer(batch);
      return;
    }
    this.batches.push(batch);
    this.baseOffsets.push(baseOffset);
    this.budget.book(this, batch.length);
  }

  /** Forgets the oldest batch and returns its size. */
  dropOldest(): number {
    const sizeBytes = this.batches[this.head]!.length;
    this.batches[this.head++] = nothing;
    if (this.head > 64 && this.head * 2 > this.batches.length) {
      this.batches = this.batches.slice(this.head);
      this.baseOffsets = this.baseOffsets.slice(this.head);
      this.head = 0;
    }
    return sizeBytes;
  }

  private dropAll(): void {
    const dropped = this.batches.slice(this.head);
    if (dropped.length === 0) return;
    const sizeBytes = dropped.reduce((sum, batch) => sum + batch.length, 0);
    this.batches = [];
    this.baseOffsets = [];
    this.head = 0;
    this.budget.forget(this, dropped.length, sizeBytes);
  }

  has(offset: number): boolean {
    return this.head < this.baseOffsets.length && offset >= this.baseOffsets[this.head]!;
  }

  /** Batches from the one that holds `fromOffset` up to those that begin at `upToOffset`; at least one when any is below it. */
  read(fromOffset: number, sizeBytesMax: number, upToOffset: number): readonly Uint8Array[] {
    const found: Uint8Array[] = [];
    let leftBytes = sizeBytesMax;
    for (let index = this.find(fromOffset); index < this.batches.length; index++) {
      const batch = this.batches[index]!;
      if (this.baseOffsets[index]! >= upToOffset || (found.length > 0 && batch.length > leftBytes)) break;
      found.push(batch);
      leftBytes -= batch.length;
    }
    return found;
  }

  private find(offset: number): number {
    let low = this.head;
    let high = this.baseOffsets.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.baseOffsets[middle]! <= offset) low = middle + 1;
      else high = middle;
    }
    return low - 1;
  }
}

const nothing = new Uint8Array(0);
