import { listGroups } from '../../protocol/16-list-groups.js';
import { errorCode } from '../error-code.js';
import { handler } from '../handler.js';

export const listGroupsHandler = handler(listGroups, async (node, request) => {
  const { statesFilter, typesFilter } = request;
  try {
    const replies = await Promise.all(
      node.groups.shards().map(shard => shard.run({ kind: 'list-groups', statesFilter, typesFilter })),
    );
    return listGroups.response({ groups: replies.flatMap(({ groups }) => groups) });
  } catch (error) {
    return listGroups.response({ errorCode: errorCode(error) });
  }
});
