// Opens what a process left in a partition's directory, however it ended. Below the recovery point the files are believed; from there on
// every batch must be whole (CRC), follow the one before it without a gap, and bear the leader epoch that the epoch file knows for its
// offset (offset and epoch lie outside of the CRC). The log is cut at the first that does not, later segments go, and indexes and
// producer state are rebuilt. What is kept is on disk before anyone reads it.

import type { Ports } from '../ports/ports.js';
import { baseOffset, lastOffset, leaderEpoch } from '../records/batch-header.js';
import { scanBatches } from './batch-scan.js';
import { fileNameOffset, offsetFileName, segmentSuffixes, suffixes } from './file-names.js';
import { LeaderEpochs } from './leader-epochs.js';
import { decodeSnapshot } from './producer-snapshot.js';
import { ProducerState } from './producer-state.js';
import { Segment } from './segment.js';
import { finishSwaps } from './segment-swap.js';

export interface RecoveryOptions {
  readonly directory: string;
  readonly isCleanShutdown: boolean;
  readonly recoveryPoint: number;
  readonly logStartOffset: number;
  readonly indexIntervalBytes: number;
  /** Below, batches may be missing, as the log was compacted. */
  readonly gapsBelow: number;
}

export interface RecoveredLog {
  /** By base offset; the last is the active one. */
  readonly segments: Segment[];
  readonly producers: ProducerState;
  readonly epochs: LeaderEpochs;
  readonly logStartOffset: number;
  readonly logEndOffset: number;
  /** Where a snapshot and saved indexes speak of the log; -1 when they do not reach its end. */
  readonly savedOffset: number;
}

export function recoverLog(ports: Ports, options: RecoveryOptions): RecoveredLog {
  const { disk, clock } = ports;
  const { directory } = options;
  finishSwaps(disk, directory);
  const bases = removeLeftovers(ports, directory);
  const { epochs, isComplete } = LeaderEpochs.load(ports, directory);
  const open = (baseOffset: number): Segment => {
    const mayHaveGaps = baseOffset < options.gapsBelow;
    return new Segment(disk, { directory, baseOffset, createdMs: clock.now(), mayHaveGaps });
  };
  const segments = bases.map(open);
  const isNew = segments.length === 0;
  if (isNew) segments.push(open(options.logStartOffset));
  let logEndOffset = scanSegments(ports, segments, { ...options, epochs, areEpochsKnown: isComplete });
  if (logEndOffset < options.logStartOffset) {
    for (const segment of segments.splice(0)) removeSegment(ports, segment);
    segments.push(open(options.logStartOffset));
    logEndOffset = options.logStartOffset;
  }
  if (epochs.truncateEnd(logEndOffset) || !isComplete) epochs.save();
  const { producers, snapshotOffset } = recoverProducers(ports, segments, logEndOffset);
  const savedOffset = snapshotOffset === logEndOffset || logEndOffset === 0 ? logEndOffset : -1;
  segments.at(-1)!.resumeAge();
  disk.flushDirectory(directory);
  const logStartOffset = Math.max(options.logStartOffset, segments[0]!.baseOffset);
  return { segments, producers, epochs, logStartOffset, logEndOffset, savedOffset };
}

/** Deletes what a roll, a delete or a replaced file left behind; returns the base offsets of the segments. */
function removeLeftovers({ disk }: Ports, directory: string): readonly number[] {
  const bases: number[] = [];
  for (const name of disk.list(directory)) {
    const isLeftOver = [suffixes.deleted, suffixes.cleaned, suffixes.swap, '.tmp'].some(each => name.endsWith(each));
    if (isLeftOver) disk.removeFile(`${directory}/${name}`);
    const base = fileNameOffset(name, suffixes.log);
    if (base !== undefined) bases.push(base);
  }
  return bases;
}

/** Compaction may have taken what lay in between. */
function isGap(end: number, nextOffset: number, { gapsBelow }: ScanPlan): boolean {
  return nextOffset > end && nextOffset <= gapsBelow;
}

interface ScanPlan extends RecoveryOptions {
  readonly epochs: LeaderEpochs;
  readonly areEpochsKnown: boolean;
}

/** Scans from the recovery point, cuts at the first bad batch, and returns the log end offset. */
function scanSegments(ports: Ports, segments: Segment[], plan: ScanPlan): number {
  const last = segments.at(-1)!;
  // After a clean shutdown all is on disk; a look at the last few batches still costs little.
  const from = plan.isCleanShutdown ? Number.MAX_SAFE_INTEGER : plan.recoveryPoint;
  const firstIndex = Math.max(
    0,
    segments.findLastIndex(segment => segment.baseOffset <= from),
  );
  if (!plan.areEpochsKnown) learnEpochs(segments.slice(0, firstIndex), plan.epochs);
  const first = segments[firstIndex]!;
  const place = plan.areEpochsKnown ? first.recoveryPlace(from) : { position: 0, offset: first.baseOffset };
  let end = place.offset;
  for (let index = firstIndex; index < segments.length; index++) {
    const segment = segments[index]!;
    if (segment !== first && segment.baseOffset !== end && !isGap(end, segment.baseOffset, plan)) {
      for (const later of segments.splice(index)) removeSegment(ports, later);
      break;
    }
    end = Math.max(end, segment.baseOffset);
    const start = segment === first ? place : { position: 0, offset: segment.baseOffset };
    const sizeBytes = segment.sizeBytes;
    segment.recover(start, plan.indexIntervalBytes, (bytes, at) => {
      const base = baseOffset(bytes, at);
      if ((base !== end && !isGap(end, base, plan)) || !hasRightEpoch(bytes, at, plan)) return false;
      end = lastOffset(bytes, at) + 1;
      return true;
    });
    if (!plan.isCleanShutdown || segment.sizeBytes < sizeBytes) segment.rewrite(start.position);
    if (segment !== last || !plan.isCleanShutdown) segment.saveIndexes();
  }
  return end;
}

function hasRightEpoch(bytes: Uint8Array, at: number, { epochs, areEpochsKnown }: ScanPlan): boolean {
  const epoch = leaderEpoch(bytes, at);
  const offset = baseOffset(bytes, at);
  if (areEpochsKnown) return epochs.allows(epoch, offset);
  if (epoch < epochs.latest) return false;
  epochs.learn(epoch, offset);
  return true;
}

/** Without an epoch file every batch has to be asked. */
function learnEpochs(segments: readonly Segment[], epochs: LeaderEpochs): void {
  for (const { file, sizeBytes } of segments) {
    scanBatches(file, { from: 0, to: sizeBytes, isCrcChecked: false }, (bytes, at) => {
      epochs.learn(leaderEpoch(bytes, at), baseOffset(bytes, at));
      return true;
    });
  }
}

function removeSegment({ disk }: Ports, segment: Segment): void {
  segment.close();
  for (const suffix of segmentSuffixes) {
    if (disk.exists(segment.path(suffix))) disk.removeFile(segment.path(suffix));
  }
}

interface RecoveredProducers {
  readonly producers: ProducerState;
  /** -1 when there was none to begin with. */
  readonly snapshotOffset: number;
}

/** The newest snapshot that the log still reaches, and what was written after it. Snapshots beyond the end speak of lost batches. */
function recoverProducers({ disk }: Ports, segments: readonly Segment[], logEndOffset: number): RecoveredProducers {
  const producers = new ProducerState();
  const { directory } = segments[0]!;
  // What was aborted is known again only by whoever saw the transactions begin.
  const isAbortedKnown = segments.every(segment => segment.isAbortedIntact);
  let from = -1;
  for (const name of disk.list(directory)) {
    const offset = fileNameOffset(name, suffixes.snapshot);
    if (offset === undefined) continue;
    const path = `${directory}/${offsetFileName(offset, suffixes.snapshot)}`;
    const isUsable = offset <= logEndOffset && isAbortedKnown;
    const entries = isUsable ? decodeSnapshot(disk.readFile(path)) : undefined;
    if (entries === undefined) {
      disk.removeFile(path);
      continue;
    }
    producers.restore(entries);
    from = offset;
  }
  replayProducers(producers, segments, { from, to: logEndOffset });
  return { producers, snapshotOffset: from };
}

function replayProducers(
  producers: ProducerState,
  segments: readonly Segment[],
  range: { from: number; to: number },
): void {
  segments.forEach((segment, index) => {
    const end = segments[index + 1]?.baseOffset ?? range.to;
    if (end < range.from) return;
    segment.aborted.truncateToOffset(range.from);
    const { position } = segment.lookUp(range.from);
    scanBatches(segment.file, { from: position, to: segment.sizeBytes, isCrcChecked: false }, (bytes, at) => {
      const base = baseOffset(bytes, at);
      const ended = base < range.from ? undefined : producers.apply(bytes, at, base);
      if (ended?.commits === false) segment.aborted.append(ended);
      return true;
    });
  });
}
