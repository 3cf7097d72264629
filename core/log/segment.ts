// One segment: a `.log` file of batches, the two indexes into it, and the list of transactions that were aborted in it. It appends, finds and recovers; when to do which is PartitionLog's.
// The indexes of a segment that is not the active one are read when first needed, and rebuilt from the log when they are damaged.

import type { Disk, DiskFile } from '../ports/disk.js';
import { baseOffset, batchHeaderBytes, batchSizeBytes, lastOffset, maxTimestamp } from '../records/batch-header.js';
import { AbortedIndex } from './aborted-index.js';
import { scanBatches } from './batch-scan.js';
import { offsetFileName, suffixes } from './file-names.js';
import { OffsetIndex } from './offset-index.js';
import { TimeIndex } from './time-index.js';

export interface SegmentOptions {
  readonly directory: string;
  readonly baseOffset: number;
  readonly createdMs: number;
  /** Behind the names of its files, while it is not in its place yet. */
  readonly nameSuffix?: string;
  /** Batches may be missing where it was compacted. */
  readonly mayHaveGaps?: boolean;
}

/** A place between two batches: what stands at `position` begins with `offset`. */
export interface SegmentPlace {
  readonly position: number;
  readonly offset: number;
}

/** Relative offsets and positions are 32-bit numbers in the indexes. */
const int32Max = 0x7fffffff;
/** What a process wrote last is in the page cache, where a call is cheaper than a thread's turn. */
const justWrittenBytes = 128 * 1024 * 1024;
/** One for each reader, of as many as are likely. */
const endsOfReadsMax = 64;

export class Segment {
  readonly baseOffset: number;
  readonly directory: string;
  readonly file: DiskFile;
  /** When it was begun, for rolling by time. */
  createdMs: number;
  sizeBytes: number;
  /** How much of it is known to be on disk. */
  flushedSizeBytes: number;
  mayHaveGaps: boolean;
  private readonly nameSuffix: string;
  private readonly sizeBytesAtOpen: number;
  /** Readers in flight; its file is closed when the last has gone. */
  private pins = 0;
  private isClosing = false;

  private readonly disk: Disk;
  /** Positions by offset, of the reads that ended last. */
  private readonly endsOfReads = new Map<number, number>();
  private indexes: { offsets: OffsetIndex; times: TimeIndex } | undefined;
  private abortedIndex: AbortedIndex | undefined;
  private bytesSinceEntry = 0;
  private maxTimestampSoFar = -1;
  private maxTimestampOffset = -1;

  constructor(disk: Disk, options: SegmentOptions) {
    this.disk = disk;
    this.directory = options.directory;
    this.baseOffset = options.baseOffset;
    this.createdMs = options.createdMs;
    this.nameSuffix = options.nameSuffix ?? '';
    this.mayHaveGaps = options.mayHaveGaps ?? false;
    this.file = disk.open(this.path(suffixes.log), 'create');
    this.sizeBytes = this.flushedSizeBytes = this.sizeBytesAtOpen = this.file.sizeBytes();
    if (this.sizeBytes === 0) this.indexes = { offsets: new OffsetIndex(), times: new TimeIndex() };
  }

  /** The transactions whose abort markers lie here; read when first needed. */
  get aborted(): AbortedIndex {
    this.abortedIndex ??= this.parseAborted() ?? new AbortedIndex();
    return this.abortedIndex;
  }

  /** False when the file of the aborted transactions is damaged: it has to be made again, from where it speaks of. */
  get isAbortedIntact(): boolean {
    return this.parseAborted() !== undefined;
  }

  get maxTimestamp(): number {
    this.loadIndexes();
    return this.maxTimestampSoFar;
  }

  path(suffix: string): string {
    return `${this.directory}/${offsetFileName(this.baseOffset, suffix)}${this.nameSuffix}`;
  }

  hasRoomFor(sizeBytes: number, lastOffset: number): boolean {
    return this.sizeBytes + sizeBytes <= int32Max && lastOffset - this.baseOffset <= int32Max;
  }

  /** Writes the batch behind the others. When that throws, part of it may be in the file: see `cutBack`. */
  append(batch: Uint8Array, indexIntervalBytes: number): void {
    this.file.write(batch, 0, batch.length, this.sizeBytes);
    this.note(batch, 0, batch.length, indexIntervalBytes);
  }

  /** Cuts off what a failed `append` has left. */
  cutBack(): void {
    this.file.truncate(this.sizeBytes);
  }

  /** Throws away what somebody else has left in its files. */
  clear(): void {
    this.sizeBytes = this.flushedSizeBytes = 0;
    this.file.truncate(0);
    this.indexes = emptyIndexes();
    this.abortedIndex = new AbortedIndex();
  }

  async flush(): Promise<void> {
    const sizeBytes = this.sizeBytes;
    await this.file.flush();
    this.flushedSizeBytes = Math.max(this.flushedSizeBytes, sizeBytes);
  }

  flushNow(): void {
    this.file.flushNow();
    this.flushedSizeBytes = this.sizeBytes;
  }

  /** Where to begin reading for `offset`, and, when an index entry told, the last offset of the batch that begins there. */
  lookUp(offset: number): { readonly position: number; readonly lastOffset: number | undefined } {
    const { offsets } = this.loadIndexes();
    const entry = offsets.entryFor(offset - this.baseOffset);
    if (entry === undefined) return { position: 0, lastOffset: undefined };
    return { position: entry.position, lastOffset: this.baseOffset + entry.relativeOffset };
  }

  /** Where the batch begins that begins with `offset`, when a read has ended there: the index would begin a batch earlier. */
  endOfRead(offset: number): number | undefined {
    return this.endsOfReads.get(offset);
  }

  noteEndOfRead(nextOffset: number, position: number): void {
    this.endsOfReads.set(nextOffset, position);
    if (this.endsOfReads.size > endsOfReadsMax) this.endsOfReads.delete(this.endsOfReads.keys().next().value!);
  }

  /** About how much of the segment lies behind `offset`; Infinity in front of it. */
  bytesBehind(offset: number): number {
    return offset < this.baseOffset ? Number.POSITIVE_INFINITY : this.sizeBytes - this.lookUp(offset).position;
  }

  /** This process wrote what begins at `offset`, and not long ago. */
  isJustWritten(offset: number): boolean {
    const behind = this.bytesBehind(offset);
    return behind <= justWrittenBytes && this.sizeBytes - behind >= this.sizeBytesAtOpen;
  }

  /** No record at or after `timestamp` lies before this offset. */
  offsetBefore(timestamp: number): number {
    return this.baseOffset + this.loadIndexes().times.offsetBefore(timestamp);
  }

  /** The offset that ends the batch with the highest timestamp. */
  get offsetOfMaxTimestamp(): number {
    this.loadIndexes();
    return this.maxTimestampOffset;
  }

  /** Writes the indexes, complete up to now, to their files. */
  saveIndexes(): void {
    this.saveAborted();
    if (this.indexes === undefined) return;
    const { offsets, times } = this.indexes;
    if (this.maxTimestampOffset >= 0)
      times.maybeAppend(this.maxTimestampSoFar, this.maxTimestampOffset - this.baseOffset);
    offsets.entries.save(this.disk, this.path(suffixes.offsetIndex));
    times.entries.save(this.disk, this.path(suffixes.timeIndex));
  }

  /** Most segments have no aborted transactions, and then no file for them. */
  saveAborted(): void {
    if (this.abortedIndex === undefined) return;
    const path = this.path(suffixes.abortedIndex);
    const isNew = !this.disk.exists(path);
    if (isNew && this.abortedIndex.entries.count === 0) return;
    this.abortedIndex.entries.save(this.disk, path);
    // A snapshot that relies on it must not be there without it.
    if (isNew) this.disk.flushDirectory(this.directory);
  }

  /** The place to begin a recovery scan at, so that everything from `recoveryPoint` on is seen: verified, or the beginning. */
  recoveryPlace(recoveryPoint: number): SegmentPlace {
    const beginning = { position: 0, offset: this.baseOffset };
    const indexed = this.parseIndexes()?.offsets.entryFor(recoveryPoint - this.baseOffset);
    if (indexed === undefined) return beginning;
    let place: SegmentPlace = beginning;
    scanBatches(this.file, { from: indexed.position, to: this.sizeBytes, isCrcChecked: true }, (bytes, at) => {
      const isAsIndexed = lastOffset(bytes, at) === this.baseOffset + indexed.relativeOffset;
      if (isAsIndexed) place = { position: indexed.position, offset: baseOffset(bytes, at) };
      return false;
    });
    return place;
  }

  /** Walks the batches from `place` on, indexing them anew, and cuts the file in front of the first bad or refused one. */
  recover(place: SegmentPlace, indexIntervalBytes: number, accepts: (bytes: Uint8Array, at: number) => boolean): void {
    this.indexes = (place.position === 0 ? undefined : this.parseIndexes()) ?? emptyIndexes();
    this.indexes.offsets.truncateToPosition(place.position);
    this.indexes.times.truncateToOffset(place.offset - this.baseOffset);
    const range = { from: place.position, to: this.sizeBytes, isCrcChecked: true };
    this.sizeBytes = place.position;
    this.bytesSinceEntry = place.position - this.indexes.offsets.lastPosition();
    this.resumeTimes();
    const end = scanBatches(this.file, range, (bytes, at, sizeBytes) => {
      if (!accepts(bytes, at) || !this.hasRoomFor(sizeBytes, lastOffset(bytes, at))) return false;
      this.note(bytes, at, sizeBytes, indexIntervalBytes);
      return true;
    });
    if (end < range.to) this.file.truncate(end);
  }

  /** Writes again what lies behind `position`, then flushes: after a failed fdatasync a page may be clean in memory and not on disk. */
  rewrite(position: number): void {
    const chunk = Buffer.allocUnsafeSlow(Math.min(1024 * 1024, Math.max(1, this.sizeBytes - position)));
    for (let at = position; at < this.sizeBytes; ) {
      const count = this.file.read(chunk, 0, Math.min(chunk.length, this.sizeBytes - at), at);
      if (count === 0) break;
      this.file.write(chunk, 0, count, at);
      at += count;
    }
    this.flushNow();
  }

  /** Rebuilds both indexes from the log, for one whose files turned out to be wrong. A log that is damaged itself keeps what it had. */
  rebuildIndexes(indexIntervalBytes = 4096): void {
    const { sizeBytes, indexes, bytesSinceEntry } = this;
    this.endsOfReads.clear();
    this.indexes = emptyIndexes();
    this.sizeBytes = this.bytesSinceEntry = 0;
    this.resumeTimes();
    let nextOffset = this.baseOffset;
    const end = scanBatches(this.file, { from: 0, to: sizeBytes, isCrcChecked: true }, (bytes, at, batchBytes) => {
      if (!this.follows(baseOffset(bytes, at), nextOffset)) return false;
      nextOffset = lastOffset(bytes, at) + 1;
      this.note(bytes, at, batchBytes, indexIntervalBytes);
      return true;
    });
    this.sizeBytes = sizeBytes;
    if (end === sizeBytes || indexes === undefined) return;
    this.indexes = indexes;
    this.bytesSinceEntry = bytesSinceEntry;
    this.resumeTimes();
  }

  /** After a reopen the age of a segment is that of its first record, if it bears one. */
  resumeAge(): void {
    const header = Buffer.alloc(batchHeaderBytes);
    if (this.file.read(header, 0, header.length, 0) < header.length) return;
    const firstTimestamp = maxTimestamp(header, 0);
    if (firstTimestamp >= 0) this.createdMs = Math.min(this.createdMs, firstTimestamp);
  }

  /** Whether a batch may begin at `offset` where `nextOffset` comes next. */
  follows(offset: number, nextOffset: number): boolean {
    return offset === nextOffset || (this.mayHaveGaps && offset > nextOffset);
  }

  pin(): void {
    this.pins++;
  }

  unpin(): void {
    if (--this.pins === 0 && this.isClosing) this.file.close();
  }

  close(): void {
    this.isClosing = true;
    if (this.pins === 0) this.file.close();
  }

  /** Books a batch that is in the file at `sizeBytes`. */
  private note(bytes: Uint8Array, at: number, sizeBytes: number, indexIntervalBytes: number): void {
    const last = lastOffset(bytes, at);
    const timestamp = maxTimestamp(bytes, at);
    if (timestamp > this.maxTimestampSoFar) {
      this.maxTimestampSoFar = timestamp;
      this.maxTimestampOffset = last;
    }
    if (this.bytesSinceEntry > indexIntervalBytes) {
      const { offsets, times } = this.loadIndexes();
      offsets.append(last - this.baseOffset, this.sizeBytes);
      times.maybeAppend(this.maxTimestampSoFar, this.maxTimestampOffset - this.baseOffset);
      this.bytesSinceEntry = 0;
    }
    this.sizeBytes += sizeBytes;
    this.bytesSinceEntry += sizeBytes;
  }

  private loadIndexes(): { offsets: OffsetIndex; times: TimeIndex } {
    if (this.indexes !== undefined) return this.indexes;
    this.indexes = this.parseIndexes();
    if (this.indexes === undefined) this.rebuildIndexes();
    else this.resumeTimes();
    return this.indexes!;
  }

  private parseIndexes(): { offsets: OffsetIndex; times: TimeIndex } | undefined {
    const [offsetPath, timePath] = [this.path(suffixes.offsetIndex), this.path(suffixes.timeIndex)];
    if (!this.disk.exists(offsetPath) || !this.disk.exists(timePath)) return undefined;
    const offsets = OffsetIndex.parse(this.disk.readFile(offsetPath), this.sizeBytes);
    const times = TimeIndex.parse(this.disk.readFile(timePath));
    if (offsets === undefined || times === undefined || !this.isTimeRight(offsets, times)) return undefined;
    return { offsets, times };
  }

  private parseAborted(): AbortedIndex | undefined {
    const path = this.path(suffixes.abortedIndex);
    return this.disk.exists(path) ? AbortedIndex.parse(this.disk.readFile(path)) : new AbortedIndex();
  }

  /** The newest timestamp, by which retention deletes, is that of the batch it points to. An index has no checksum. */
  private isTimeRight(offsets: OffsetIndex, times: TimeIndex): boolean {
    if (times.entries.count === 0) return true;
    const wanted = this.baseOffset + times.lastOffset();
    const header = Buffer.alloc(batchHeaderBytes);
    let position = offsets.entryFor(times.lastOffset())?.position ?? 0;
    while (this.file.read(header, 0, header.length, position) === header.length) {
      if (lastOffset(header, 0) >= wanted)
        return lastOffset(header, 0) === wanted && maxTimestamp(header, 0) === times.lastTimestamp();
      if (batchSizeBytes(header, 0) < batchHeaderBytes) return false;
      position += batchSizeBytes(header, 0);
    }
    return false;
  }

  private resumeTimes(): void {
    const { times } = this.indexes!;
    this.maxTimestampSoFar = times.lastTimestamp();
    this.maxTimestampOffset = times.entries.count === 0 ? -1 : this.baseOffset + times.lastOffset();
  }
}

function emptyIndexes(): { offsets: OffsetIndex; times: TimeIndex } {
  return { offsets: new OffsetIndex(), times: new TimeIndex() };
}
