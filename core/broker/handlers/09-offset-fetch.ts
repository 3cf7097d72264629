import type { FetchOffsetsReply } from '../../groups/groups-command.js';
import { offsetFetch } from '../../protocol/09-offset-fetch.js';
import type { BrokerNode } from '../broker-node.js';
import { errorCode } from '../error-code.js';
import { handler } from '../handler.js';

/** From this version on one request asks for several groups. */
const severalGroupsFromVersion = 8;

interface Asked {
  readonly groupId: string;
  readonly topics: readonly { readonly name: string; readonly partitionIndexes: readonly number[] }[] | null;
}

export const offsetFetchHandler = handler(offsetFetch, async (node, request, context) => {
  const { requireStable } = request;
  if (context.apiVersion >= severalGroupsFromVersion) {
    return offsetFetch.response({
      groups: await Promise.all(request.groups.map(asked => offsetsOf(node, asked, requireStable))),
    });
  }
  const { errorCode: code, topics } = await offsetsOf(node, request, requireStable);
  return offsetFetch.response({ errorCode: code, topics });
});

async function offsetsOf(
  node: BrokerNode,
  { groupId, topics }: Asked,
  requireStable: boolean,
): Promise<FetchOffsetsReply> {
  try {
    const shard = await node.groups.shardOf(groupId);
    return await shard.run({ kind: 'fetch-offsets', groupId, topics, requireStable });
  } catch (error) {
    return { errorCode: errorCode(error), groupId, topics: [] };
  }
}
