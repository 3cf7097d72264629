// Kafka's range assignor: the partitions of each topic in equal runs, members in the order of their names, the first ones getting
// one more. Topics of the same partition count are so shared alike, as a join of two topics needs.

import type { TopicPartition } from '../topic.js';

export interface AssignableMember {
  readonly memberId: string;
  /** Orders static members the same after they come back under another member id. */
  readonly groupInstanceId: string | null;
  readonly topics: readonly string[];
}

export type Assignment = ReadonlyMap<string, readonly TopicPartition[]>;

export interface Assignor {
  /** As Kafka's clients call it. */
  readonly name: string;
  /** Every member gets an entry, perhaps an empty one. */
  assign(members: readonly AssignableMember[], partitionCounts: ReadonlyMap<string, number>): Assignment;
}

export const rangeAssignor: Assignor = { name: 'range', assign };

function assign(members: readonly AssignableMember[], partitionCounts: ReadonlyMap<string, number>): Assignment {
  const assigned = new Map<string, TopicPartition[]>(members.map(({ memberId }) => [memberId, []]));
  const ordered = [...members].sort(byInstanceThenId);
  const topics = [...new Set(members.flatMap(member => member.topics))].sort();
  for (const topic of topics) {
    const partitionCount = partitionCounts.get(topic) ?? 0;
    const interested = ordered.filter(member => member.topics.includes(topic));
    const each = Math.floor(partitionCount / interested.length);
    const withOneMore = partitionCount % interested.length;
    let partition = 0;
    interested.forEach(({ memberId }, at) => {
      const end = partition + each + (at < withOneMore ? 1 : 0);
      for (; partition < end; partition++) assigned.get(memberId)!.push({ topic, partition });
    });
  }
  return assigned;
}

/** Static members first, among each other by instance id; then the others by member id. */
function byInstanceThenId(a: AssignableMember, b: AssignableMember): number {
  if (a.groupInstanceId !== null && b.groupInstanceId !== null) return compare(a.groupInstanceId, b.groupInstanceId);
  if (a.groupInstanceId !== null) return -1;
  if (b.groupInstanceId !== null) return 1;
  return compare(a.memberId, b.memberId);
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
