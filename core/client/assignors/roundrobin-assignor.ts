// Kafka's round-robin assignor: all partitions of all topics in a row, dealt out to the members in turn; a member that did not
// subscribe to a partition's topic is passed over.

import type { TopicPartition } from '../topic.js';
import { compareText, inOrder } from './member-order.js';
import type { GroupAssignment, MemberSubscription, PartitionAssignor } from './partition-assignor.js';

export const roundrobinAssignor: PartitionAssignor = { name: 'roundrobin', protocols: ['eager'], assign };

function assign(partitionCounts: ReadonlyMap<string, number>, members: readonly MemberSubscription[]): GroupAssignment {
  const assigned = new Map<string, TopicPartition[]>(members.map(({ memberId }) => [memberId, []]));
  const ordered = inOrder(members);
  const subscribed = new Map(ordered.map(({ memberId, topics }) => [memberId, new Set(topics)]));
  const topics = [...new Set(members.flatMap(member => member.topics))].sort(compareText);
  let turn = 0;
  for (const topic of topics) {
    for (let partition = 0; partition < (partitionCounts.get(topic) ?? 0); partition++) {
      while (!subscribed.get(ordered[turn % ordered.length]!.memberId)!.has(topic)) turn++;
      assigned.get(ordered[turn++ % ordered.length]!.memberId)!.push({ topic, partition });
    }
  }
  return new Map([...assigned].map(([memberId, partitions]) => [memberId, { partitions }]));
}
