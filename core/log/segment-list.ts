// The segments of one log, by offset: what is asked of all of them together. Reads go on in the next segment where one holds nothing.

import type { Compression } from '../ports/compression.js';
import type { AbortedTransaction } from './aborted-index.js';
import type { ReadRange } from './cold-read.js';
import { firstAtOrAfter, type TimestampedOffset } from './offset-for-time.js';
import type { Segment } from './segment.js';
import { readSegment, readSegmentAsync } from './segment-reader.js';

export class SegmentList {
  // Invariant: by base offset, never empty; the last one is active.
  private readonly segments: Segment[];

  constructor(segments: Segment[]) {
    this.segments = segments;
  }

  get all(): readonly Segment[] {
    return this.segments;
  }

  get active(): Segment {
    return this.segments.at(-1)!;
  }

  get sizeBytes(): number {
    return this.segments.reduce((sum, segment) => sum + segment.sizeBytes, 0);
  }

  get maxTimestamp(): number {
    return Math.max(...this.segments.map(segment => segment.maxTimestamp));
  }

  push(segment: Segment): void {
    this.segments.push(segment);
  }

  removeOldest(count: number): readonly Segment[] {
    return this.segments.splice(0, count);
  }

  /** Whether these are in it, one behind the other. */
  holds(group: readonly Segment[]): boolean {
    const at = this.segments.indexOf(group[0]!);
    return at >= 0 && group.every((segment, index) => this.segments[at + index] === segment);
  }

  /** One for those. */
  replace(group: readonly Segment[], by: Segment): void {
    this.segments.splice(this.segments.indexOf(group[0]!), group.length, by);
  }

  read(range: ReadRange): readonly Uint8Array[] {
    for (let at: Segment | undefined = this.holding(range.fromOffset); at !== undefined; at = this.behind(at)) {
      const batches = readSegment(at, range);
      if (batches !== undefined) return [batches];
    }
    return [];
  }

  /** While this waits, segments may go and others take their place. */
  async readAsync(range: ReadRange): Promise<readonly Uint8Array[]> {
    for (let at: Segment | undefined = this.holding(range.fromOffset); at !== undefined; at = this.behind(at)) {
      const batches = await readSegmentAsync(at, range);
      if (batches !== undefined) return [batches];
    }
    return [];
  }

  firstAtOrAfter(
    compression: Compression,
    wanted: { readonly timestamp: number; readonly fromOffset: number },
  ): TimestampedOffset | undefined {
    return firstAtOrAfter(this.segments, compression, wanted);
  }

  /** Aborted transactions that reach into [fromOffset, upToOffset). */
  abortedTransactions(fromOffset: number, upToOffset: number): readonly AbortedTransaction[] {
    const found: AbortedTransaction[] = [];
    for (let at: Segment | undefined = this.holding(fromOffset); at !== undefined; at = this.behind(at)) {
      if (at.aborted.collect(fromOffset, upToOffset, found)) break;
    }
    return found;
  }

  async flush(): Promise<void> {
    const dirty = this.segments.filter(segment => segment.flushedSizeBytes < segment.sizeBytes);
    for (const segment of dirty) await segment.flush();
  }

  saveIndexes(): void {
    for (const segment of this.segments) segment.saveIndexes();
  }

  close(): void {
    for (const segment of this.segments) segment.close();
  }

  /** The one whose range holds the offset; the first for what lies before all. */
  private holding(offset: number): Segment {
    return this.segments.findLast(segment => segment.baseOffset <= offset) ?? this.segments[0]!;
  }

  private behind({ baseOffset }: Segment): Segment | undefined {
    return this.segments.find(segment => segment.baseOffset > baseOffset);
  }
}
