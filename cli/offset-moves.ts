// What `group reset` would do: where each partition's offset is and where it would be, never outside of what the log has.

import type { Admin, Log, OffsetAtTime, TopicPartition } from '../core/index.js';
import { InvalidInput } from './exit-code.js';
import type { OffsetTarget } from './offset-target.js';

export interface OffsetMove extends TopicPartition {
  /** Null where nothing was committed. */
  readonly committedOffset: number | null;
  readonly newOffset: number;
  /** What was asked for, where the log has no such offset. */
  readonly askedOffset?: number;
  readonly startOffset: number;
  readonly endOffset: number;
}

interface Bounds extends TopicPartition {
  readonly committed: number | undefined;
  readonly start: number;
  readonly end: number;
}

/** `committed` are those of the group, by `topic-partition`. */
export async function offsetMoves(
  log: Log,
  partitions: readonly TopicPartition[],
  committed: ReadonlyMap<string, number>,
  target: OffsetTarget,
): Promise<OffsetMove[]> {
  await using admin = log.admin();
  if (target.kind === 'shift') requireCommitted(partitions, committed);
  const starts = await admin.listOffsets(partitions, 'start');
  const ends = await admin.listOffsets(partitions, 'end');
  const atTime = await offsetsAtTime(admin, partitions, timeOf(target, log));
  return partitions.map(({ topic, partition }, at) => {
    const end = ends[at]!.offset;
    const bounds = { topic, partition, committed: committed.get(nameOf({ topic, partition })), end };
    return move({ ...bounds, start: starts[at]!.offset }, target, atTime[at]?.offset ?? end);
  });
}

export function nameOf({ topic, partition }: TopicPartition): string {
  return `${topic}-${partition}`;
}

function timeOf(target: OffsetTarget, log: Log): number | undefined {
  if (target.kind === 'ago') return Math.max(0, log.ports.clock.now() - target.durationMs);
  return target.kind === 'time' ? target.timestampMs : undefined;
}

async function offsetsAtTime(
  admin: Admin,
  partitions: readonly TopicPartition[],
  timestampMs: number | undefined,
): Promise<readonly (OffsetAtTime | undefined)[]> {
  return timestampMs === undefined ? [] : await admin.listOffsets(partitions, timestampMs);
}

function requireCommitted(partitions: readonly TopicPartition[], committed: ReadonlyMap<string, number>): void {
  const none = partitions.map(nameOf).filter(name => !committed.has(name));
  if (none.length === 0) return;
  const some = none.length > 3 ? `${none.slice(0, 3).join(', ')} and ${none.length - 3} more` : none.join(', ');
  throw new InvalidInput(`--shift-by counts from what was committed, and nothing was for ${some}: name the others`);
}

function move({ topic, partition, committed, start, end }: Bounds, target: OffsetTarget, atTime: number): OffsetMove {
  const asked = askedOffset(target, { start, end, committed: committed ?? end, atTime });
  const newOffset = Math.min(Math.max(asked, start), end);
  return {
    topic,
    partition,
    committedOffset: committed ?? null,
    newOffset,
    ...(newOffset !== asked && { askedOffset: asked }),
    startOffset: start,
    endOffset: end,
  };
}

interface Choices {
  readonly start: number;
  readonly end: number;
  readonly committed: number;
  readonly atTime: number;
}

function askedOffset(target: OffsetTarget, { start, end, committed, atTime }: Choices): number {
  switch (target.kind) {
    case 'earliest':
      return start;
    case 'latest':
      return end;
    case 'current':
      return committed;
    case 'offset':
      return target.offset;
    case 'shift':
      return committed + target.count;
    case 'time':
    case 'ago':
      return atTime;
    default:
      return target satisfies never;
  }
}
