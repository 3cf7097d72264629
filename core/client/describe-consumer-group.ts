import { ProtocolError } from '../base/errors.js';
import { kafkaErrors } from '../base/kafka-errors.js';
import { consumerGroupDescribe } from '../protocol/69-consumer-group-describe.js';
import type { GroupDescription } from './admin-types.js';
import type { GroupLane } from './group-lane.js';
import { requireSuccess } from './refusal.js';

/** A group of the consumer protocol (KIP-848); undefined where there is none of that name, or brokers know no such groups. */
export async function describeConsumerGroup(lane: GroupLane): Promise<Omit<GroupDescription, 'offsets'> | undefined> {
  const { groupId } = lane;
  const request = consumerGroupDescribe.request({ groupIds: [groupId] });
  try {
    const answer = await lane.send(consumerGroupDescribe, request, ({ groups }) => groups.map(one => one.errorCode));
    const group = answer.groups[0]!;
    if (group.errorCode === kafkaErrors.GROUP_ID_NOT_FOUND.code) return undefined;
    requireSuccess(group.errorCode, `describing group "${groupId}"`, group.errorMessage);
    return {
      groupId,
      state: group.groupState,
      protocolType: 'consumer',
      protocol: group.assignorName,
      members: group.members.map(({ memberId, instanceId, clientId, clientHost, assignment }) => ({
        memberId,
        groupInstanceId: instanceId,
        clientId,
        host: clientHost,
        partitions: assignment.topicPartitions.flatMap(({ topicName: topic, partitions }) =>
          partitions.map(partition => ({ topic, partition })),
        ),
      })),
    };
  } catch (error) {
    if (error instanceof ProtocolError && error.kind === 'UNSUPPORTED_VERSION') return undefined;
    throw error;
  }
}
