import type { DescribedGroup } from '../../groups/groups-command.js';
import { describeGroups } from '../../protocol/15-describe-groups.js';
import type { BrokerNode } from '../broker-node.js';
import { errorCode } from '../error-code.js';
import { handler } from '../handler.js';

export const describeGroupsHandler = handler(describeGroups, async (node, request) => {
  return describeGroups.response({ groups: await Promise.all(request.groups.map(groupId => describe(node, groupId))) });
});

async function describe(node: BrokerNode, groupId: string): Promise<DescribedGroup> {
  try {
    const shard = await node.groups.shardOf(groupId);
    const { groups } = await shard.run({ kind: 'describe-groups', groups: [groupId] });
    return groups[0]!;
  } catch (error) {
    return {
      errorCode: errorCode(error),
      groupId,
      groupState: '',
      protocolType: '',
      protocolData: '',
      members: [],
    };
  }
}
