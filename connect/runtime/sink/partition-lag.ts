import type { Consumer } from '../../../core/index.js';
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

/** Of each partition that a task's consumer has; `takenOf` says what was put where that is not all that was read. Markers behind what was put are nothing to take. */
export async function heldLag(
  consumer: Consumer<Uint8Array, Uint8Array>,
  task: number,
  takenOf: (partition: TopicPartition) => number | undefined,
): Promise<readonly PartitionLag[]> {
  const held = consumer.assignment();
  const ends = held.length === 0 ? [] : await consumer.endOffsets(held);
  // What went to another meanwhile is its business.
  const left = ends.filter(end => consumer.assignment().some(each => isSame(each, end)));
  const rows = left.map(async ({ topic, partition, offset: end }) => {
    const read = await consumer.position({ topic, partition });
    return { topic, partition, task, position: takenOf({ topic, partition }) ?? read, end };
  });
  return await Promise.all(rows);
}

function isSame(a: TopicPartition, b: TopicPartition): boolean {
  return a.topic === b.topic && a.partition === b.partition;
}
