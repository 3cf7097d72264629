import { ProtocolError } from '../../base/errors.js';
import { findCoordinator } from '../../protocol/10-find-coordinator.js';
import type { BrokerNode } from '../broker-node.js';
import { errorCode, errorMessage, noError } from '../error-code.js';
import { handler } from '../handler.js';

const severalKeysFromVersion = 4;
const keyTypes = { group: 0, transaction: 1 } as const;

export const findCoordinatorHandler = handler(findCoordinator, async (node, request, context) => {
  const { keyType } = request;
  if (context.apiVersion < severalKeysFromVersion) {
    return findCoordinator.response(await coordinatorOf(node, keyType, request.key));
  }
  const coordinators = await Promise.all(
    request.coordinatorKeys.map(async key => ({ key, ...(await coordinatorOf(node, keyType, key)) })),
  );
  return findCoordinator.response({ coordinators });
});

async function coordinatorOf(node: BrokerNode, keyType: number, key: string) {
  try {
    if (keyType === keyTypes.group) await node.groups.shardOf(key);
    else if (keyType === keyTypes.transaction) await node.transactions.shardOf(key);
    else
      throw new ProtocolError(
        'INVALID_REQUEST',
        `a key of type ${keyType} has no coordinator: 0 is a group, 1 a transaction`,
      );
    const { nodeId, host, port } = node.config;
    return { nodeId, host, port, errorCode: noError, errorMessage: null };
  } catch (error) {
    return { nodeId: -1, host: '', port: -1, errorCode: errorCode(error), errorMessage: errorMessage(error) };
  }
}
