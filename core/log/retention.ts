// Which segments go: whole ones, oldest first, while the oldest is below the log start offset, too old, or more than the log may weigh.
// Never the active one, and never past the high watermark.

import type { LogConfig } from './log-config.js';
import type { Segment } from './segment.js';

export interface RetentionView {
  /** The active one last. */
  readonly segments: readonly Segment[];
  readonly logStartOffset: number;
  readonly highWatermark: number;
  readonly now: number;
}

type Limits = Pick<LogConfig, 'retentionMs' | 'retentionBytes'>;

/** How many of the oldest segments may go; with `isActiveIncluded` as if the active one had been rolled. */
export function deletableCount(view: RetentionView, limits: Limits, isActiveIncluded = false): number {
  const { segments } = view;
  let leftBytes = segments.reduce((sum, segment) => sum + segment.sizeBytes, 0);
  let count = 0;
  for (const segment of segments) {
    const isActive = count === segments.length - 1;
    const nextBase = segments[count + 1]?.baseOffset ?? Number.POSITIVE_INFINITY;
    if (isActive && (!isActiveIncluded || segment.sizeBytes === 0)) break;
    if (!isActive && nextBase > view.highWatermark) break;
    const isBelowStart = nextBase <= view.logStartOffset;
    const isTooMuch = limits.retentionBytes >= 0 && leftBytes - segment.sizeBytes >= limits.retentionBytes;
    if (!isBelowStart && !isTooMuch && !isTooOld(segment, limits.retentionMs, view.now)) break;
    leftBytes -= segment.sizeBytes;
    count++;
  }
  return count;
}

function isTooOld(segment: Segment, retentionMs: number, now: number): boolean {
  if (retentionMs < 0) return false;
  // Records without timestamps age from when their segment was begun.
  const newest = segment.maxTimestamp >= 0 ? segment.maxTimestamp : segment.createdMs;
  return now - newest > retentionMs;
}
