// Kafka's range assignor: the partitions of each topic in equal runs, members in the order of their names, the first ones getting
// one more. Topics of the same partition count are so shared alike, as a join of two topics needs.

import type { TopicPartition } from '../topic.js';
import { compareText, inOrder } from './member-order.js';
import type { GroupAssignment, MemberSubscription, PartitionAssignor } from './partition-assignor.js';

export const rangeAssignor: PartitionAssignor = { name: 'range', protocols: ['eager'], assign };

function assign(partitionCounts: ReadonlyMap<string, number>, members: readonly MemberSubscription[]): GroupAssignment {
  const assigned = new Map<string, TopicPartition[]>(members.map(({ memberId }) => [memberId, []]));
  const ordered = inOrder(members);
  const topics = [...new Set(members.flatMap(member => member.topics))].sort(compareText);
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
  return new Map([...assigned].map(([memberId, partitions]) => [memberId, { partitions }]));
}
