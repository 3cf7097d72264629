// Compacts one log: of each key only the last record stays, at its offset. First the keys of the new part are taken in, then everything from
// the start on is copied without what they supersede, some segments at a time, and each copy takes the place of its originals. Reads are
// asynchronous, and the event loop has its turn in between; appends go on in the active segment, which is never touched.

import type { Ports } from '../ports/ports.js';
import { batchSizeBytes, isControl, lastOffset } from '../records/batch-header.js';
import { RecordCursor } from '../records/record-cursor.js';
import { type CleaningRules, cleanBatch, keyText } from './clean-batch.js';
import { CleanedTransactions } from './cleaned-transactions.js';
import type { CompactionCheckpoint } from './compaction-checkpoint.js';
import { type CompactionPlan, planCompaction } from './compaction-plan.js';
import { suffixes } from './file-names.js';
import { KeyOffsets } from './key-offsets.js';
import type { LogConfig } from './log-config.js';
import type { PartitionFiles } from './partition-files.js';
import type { ProducerState } from './producer-state.js';
import { Segment } from './segment.js';
import { segmentBatches } from './segment-batches.js';
import type { SegmentList } from './segment-list.js';
import { removeCleaned, renameSegment } from './segment-swap.js';

export interface CompactionParts {
  readonly directory: string;
  readonly segments: SegmentList;
  readonly producers: ProducerState;
  readonly files: PartitionFiles;
  readonly checkpoint: CompactionCheckpoint;
  readonly config: () => LogConfig;
  readonly lastStableOffset: () => number;
  /** The log is closed or has failed. */
  readonly isGone: () => boolean;
  /** Does what may not fail half-way: the log fails with it. */
  readonly orFail: (what: string, action: () => void) => void;
}

export interface CompactionResult {
  readonly sizeBytesBefore: number;
  readonly sizeBytesAfter: number;
}

/** What the keys of one round may take; more of them take another round. */
const keyBytesMax = 64 * 1024 * 1024;
const int32Max = 0x7fffffff;

export class Compaction {
  private readonly ports: Ports;
  private readonly parts: CompactionParts;

  constructor(ports: Ports, parts: CompactionParts) {
    this.ports = ports;
    this.parts = parts;
  }

  /** What is to be done; undefined when nothing is. */
  plan(nowMs: number): CompactionPlan | undefined {
    const { segments, checkpoint, lastStableOffset } = this.parts;
    const { compaction } = this.parts.config();
    if (compaction === undefined || this.parts.isGone()) return undefined;
    const { firstDirtyOffset } = checkpoint;
    const view = { segments: segments.all, firstDirtyOffset, lastStableOffset: lastStableOffset(), nowMs };
    return planCompaction(view, compaction);
  }

  /** Does it; undefined when there was nothing to do, or the log went away meanwhile. Throws CORRUPT_MESSAGE for a damaged log. */
  async run(nowMs: number, options: { readonly signal?: AbortSignal; readonly keyBytesMax?: number } = {}) {
    const plan = this.plan(nowMs);
    const { compaction } = this.parts.config();
    if (plan === undefined || compaction === undefined) return undefined;
    const round = new CompactionRound(this.ports, this.parts, {
      plan,
      nowMs,
      signal: options.signal,
      keyBytesMax: options.keyBytesMax ?? keyBytesMax,
      deleteRetentionMs: compaction.deleteRetentionMs,
    });
    return (await round.run()) ? round.result : undefined;
  }
}

interface RoundOptions {
  readonly plan: CompactionPlan;
  readonly nowMs: number;
  readonly signal: AbortSignal | undefined;
  readonly keyBytesMax: number;
  readonly deleteRetentionMs: number;
}

class CompactionRound {
  result: CompactionResult = { sizeBytesBefore: 0, sizeBytesAfter: 0 };
  private readonly ports: Ports;
  private readonly parts: CompactionParts;
  private readonly options: RoundOptions;

  constructor(ports: Ports, parts: CompactionParts, options: RoundOptions) {
    this.ports = ports;
    this.parts = parts;
    this.options = options;
  }

  async run(): Promise<boolean> {
    const { checkpoint, segments } = this.parts;
    const { plan } = this.options;
    const keys = await this.takeKeys();
    if (keys === undefined) return false;
    const wanted = plan.segments.filter(segment => segment.baseOffset < keys.endOffset);
    const behind = segments.all.find(segment => segment.baseOffset > wanted.at(-1)!.baseOffset);
    if (behind === undefined || this.isOver) return false;
    this.parts.orFail('the compaction checkpoint could not be written', () =>
      checkpoint.save({ gapsBelow: behind.baseOffset }),
    );
    const rules = this.rulesFor(keys, plan.segments[0]!.baseOffset, behind.baseOffset);
    for (const group of groupsOf(wanted, this.parts.config().segmentBytes)) {
      if (!(await this.replace(group, rules))) return false;
    }
    const { endOffset: firstDirtyOffset } = keys;
    this.parts.orFail('the compaction checkpoint could not be written', () => checkpoint.save({ firstDirtyOffset }));
    return true;
  }

  private get isOver(): boolean {
    return this.options.signal?.aborted === true || this.parts.isGone();
  }

  private rulesFor(keys: KeyOffsets, startOffset: number, endOffset: number): CleaningRules {
    const { nowMs, deleteRetentionMs } = this.options;
    const { producers, segments } = this.parts;
    const transactions = new CleanedTransactions(segments.abortedTransactions(startOffset, endOffset));
    return { keys, transactions, producers, compression: this.ports.compression, nowMs, deleteRetentionMs };
  }

  /** The keys of what is new, as far as there is room for them. */
  private async takeKeys(): Promise<KeyOffsets | undefined> {
    const { plan, keyBytesMax: sizeBytesMax } = this.options;
    const keys = new KeyOffsets(plan.firstDirtyOffset, sizeBytesMax);
    const aborted = this.parts.segments.abortedTransactions(plan.segments[0]!.baseOffset, plan.endOffset);
    const transactions = new CleanedTransactions(aborted);
    const cursor = new RecordCursor();
    for (const segment of plan.segments) {
      for await (const { bytes, end } of segmentBatches(segment, this.ports.clock)) {
        if (this.isOver) return undefined;
        for (let at = 0; at < end && !keys.isFull; at += batchSizeBytes(bytes, at)) {
          if (isControl(bytes, at)) transactions.sawControl(bytes, at);
          else if (!transactions.sawBatch(bytes, at))
            this.takeBatch(keys, cursor.open(bytes, at, this.ports.compression));
          keys.endOffset = Math.max(keys.endOffset, lastOffset(bytes, at) + 1);
        }
      }
      if (keys.isFull) return keys;
    }
    keys.endOffset = plan.endOffset;
    return keys;
  }

  private takeBatch(keys: KeyOffsets, cursor: RecordCursor): void {
    for (let record = 0; record < cursor.count; record++) {
      const [start, offset] = [cursor.keyStart(record), cursor.offset(record)];
      if (start < 0 || offset < this.options.plan.firstDirtyOffset) continue;
      keys.set(keyText(cursor.bytes, start, cursor.keyEnd(record)), offset);
    }
  }

  /** One new segment for these; false when there is no need of it any more. */
  private async replace(group: readonly Segment[], rules: CleaningRules): Promise<boolean> {
    const { disk, failpoint } = this.ports;
    const { directory } = this.parts;
    const { baseOffset, createdMs } = group[0]!;
    const nameSuffix = suffixes.cleaned;
    const cleaned = new Segment(disk, { directory, baseOffset, createdMs, nameSuffix, mayHaveGaps: true });
    let isWritten = false;
    try {
      isWritten = await this.write(cleaned, group, rules);
    } finally {
      if (!isWritten || this.isOver || !this.parts.segments.holds(group)) {
        isWritten = false;
        cleaned.close();
        if (!this.parts.isGone()) removeCleaned(disk, cleaned);
      }
    }
    if (!isWritten) return false;
    failpoint('log/compaction-written');
    this.parts.orFail('a compacted segment could not take its place', () => this.swap(cleaned, group));
    const before = group.reduce((sum, segment) => sum + segment.sizeBytes, 0);
    const { sizeBytesBefore, sizeBytesAfter } = this.result;
    this.result = {
      sizeBytesBefore: sizeBytesBefore + before,
      sizeBytesAfter: sizeBytesAfter + cleaned.sizeBytes,
    };
    return true;
  }

  private async write(cleaned: Segment, group: readonly Segment[], rules: CleaningRules): Promise<boolean> {
    cleaned.clear();
    const { indexIntervalBytes } = this.parts.config();
    for (const segment of group) {
      for await (const { bytes, end } of segmentBatches(segment, this.ports.clock)) {
        if (this.isOver) return false;
        for (let at = 0; at < end; at += batchSizeBytes(bytes, at)) {
          const { batch, aborted } = cleanBatch(rules, bytes, at);
          if (batch !== undefined) cleaned.append(batch, indexIntervalBytes);
          if (batch !== undefined && aborted !== undefined) cleaned.aborted.append(aborted);
        }
      }
    }
    if (this.isOver) return false;
    cleaned.saveIndexes();
    await cleaned.flush();
    return true;
  }

  private swap(cleaned: Segment, group: readonly Segment[]): void {
    const { disk, failpoint } = this.ports;
    const { directory, segments, files } = this.parts;
    const { baseOffset, createdMs } = cleaned;
    cleaned.close();
    renameSegment(disk, directory, baseOffset, { from: suffixes.cleaned, to: suffixes.swap });
    failpoint('log/compaction-swapping');
    files.condemn(group, this.parts.config().fileDeleteDelayMs);
    failpoint('log/compaction-old-condemned');
    renameSegment(disk, directory, baseOffset, { from: suffixes.swap, to: '' });
    failpoint('log/compaction-swapped');
    segments.replace(group, new Segment(disk, { directory, baseOffset, createdMs, mayHaveGaps: true }));
  }
}

/** Neighbours that fit into one segment together. */
function* groupsOf(segments: readonly Segment[], segmentBytes: number): Generator<readonly Segment[]> {
  let group: Segment[] = [];
  let sizeBytes = 0;
  for (const segment of segments) {
    const isFar = group.length > 0 && segment.baseOffset - group[0]!.baseOffset > int32Max / 2;
    if (group.length > 0 && (isFar || sizeBytes + segment.sizeBytes > segmentBytes)) {
      yield group;
      group = [];
      sizeBytes = 0;
    }
    group.push(segment);
    sizeBytes += segment.sizeBytes;
  }
  if (group.length > 0) yield group;
}
