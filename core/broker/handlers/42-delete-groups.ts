import { deleteGroups } from '../../protocol/42-delete-groups.js';
import type { BrokerNode } from '../broker-node.js';
import { errorCode } from '../error-code.js';
import { handler } from '../handler.js';

export const deleteGroupsHandler = handler(deleteGroups, async (node, request) => {
  return deleteGroups.response({ results: await Promise.all(request.groupsNames.map(groupId => drop(node, groupId))) });
});

async function drop(node: BrokerNode, groupId: string): Promise<{ groupId: string; errorCode: number }> {
  try {
    const shard = await node.groups.shardOf(groupId);
    const { results } = await shard.run({ kind: 'delete-groups', groupsNames: [groupId] });
    return results[0]!;
  } catch (error) {
    return { groupId, errorCode: errorCode(error) };
  }
}
