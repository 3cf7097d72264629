import type { TopicPartition } from '../../api/record.js';

/** How far a sink is behind in one partition. */
export interface PartitionLag extends TopicPartition {
  /** Which has the partition; undefined: none runs that has it. */
  readonly task: number | undefined;
  /** Behind what the sink has taken: of a running task what was put, else what the group has committed. */
  readonly position: number;
  /** Of the partition, now. */
  readonly end: number;
}

export function lagOf({ position, end }: Pick<PartitionLag, 'position' | 'end'>): number {
  return Math.max(0, end - position);
}
