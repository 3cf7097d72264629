// Whether a log is worth compacting, and what of it: whole segments below the last stable offset, never the active one, none that is too
// young. Kafka's LogCleanerManager.

import type { Segment } from './segment.js';

export interface CompactionConfig {
  /** How much of what could be compacted has to be new. */
  readonly minCleanableDirtyRatio: number;
  /** Younger records stay as they are. */
  readonly minCompactionLagMs: number;
  /** Older ones are compacted, however little there is to do. */
  readonly maxCompactionLagMs: number;
  /** How long tombstones stay, so that every reader sees them. */
  readonly deleteRetentionMs: number;
}

export interface CompactionView {
  /** The active one last. */
  readonly segments: readonly Segment[];
  readonly firstDirtyOffset: number;
  readonly lastStableOffset: number;
  readonly nowMs: number;
}

export interface CompactionPlan {
  /** From the first on; each is compacted with all those before it. */
  readonly segments: readonly Segment[];
  readonly firstDirtyOffset: number;
  /** Behind the last of them. */
  readonly endOffset: number;
  /** 0 to 1: of logs that are all worth it, the one with the highest comes first. */
  readonly dirtyRatio: number;
}

/** undefined when nothing is to be done. */
export function planCompaction(view: CompactionView, config: CompactionConfig): CompactionPlan | undefined {
  const { segments, firstDirtyOffset, lastStableOffset, nowMs } = view;
  const cleanable: Segment[] = [];
  for (const [index, segment] of segments.slice(0, -1).entries()) {
    const endOffset = segments[index + 1]!.baseOffset;
    const isDirty = endOffset > firstDirtyOffset;
    const isYoung = config.minCompactionLagMs > 0 && segment.maxTimestamp > nowMs - config.minCompactionLagMs;
    if (endOffset > lastStableOffset || (isDirty && isYoung)) break;
    cleanable.push(segment);
  }
  const dirty = cleanable.filter((_, index) => segments[index + 1]!.baseOffset > firstDirtyOffset);
  const dirtyBytes = sizeOf(dirty);
  if (dirtyBytes === 0) return undefined;
  const dirtyRatio = dirtyBytes / sizeOf(cleanable);
  const isOverdue = nowMs - Math.min(...dirty.map(segment => segment.createdMs)) > config.maxCompactionLagMs;
  if (dirtyRatio <= config.minCleanableDirtyRatio && !isOverdue) return undefined;
  const endOffset = segments[cleanable.length]!.baseOffset;
  return { segments: cleanable, firstDirtyOffset, endOffset, dirtyRatio };
}

function sizeOf(segments: readonly Segment[]): number {
  return segments.reduce((sum, segment) => sum + segment.sizeBytes, 0);
}
