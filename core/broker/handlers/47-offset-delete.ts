import { offsetDelete } from '../../protocol/47-offset-delete.js';
import { errorCode } from '../error-code.js';
import { handler } from '../handler.js';

export const offsetDeleteHandler = handler(offsetDelete, async (node, request) => {
  const { groupId, topics } = request;
  try {
    const shard = await node.groups.shardOf(groupId);
    return offsetDelete.response(await shard.run({ kind: 'delete-offsets', groupId, topics }));
  } catch (error) {
    return offsetDelete.response({ errorCode: errorCode(error) });
  }
});
