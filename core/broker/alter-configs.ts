import type { AlterConfigsCommand, AlterConfigsReply } from '../metadata/cluster-command.js';
import type { BrokerNode } from './broker-node.js';
import { errorCode, errorMessage } from './error-code.js';

/** What AlterConfigs and IncrementalAlterConfigs have in common; a failure is told for each resource. */
export async function alterConfigs(
  node: BrokerNode,
  command: Omit<AlterConfigsCommand, 'kind'>,
): Promise<AlterConfigsReply> {
  try {
    return await node.catalogue.run<'alter-configs'>({ kind: 'alter-configs', ...command });
  } catch (error) {
    const responses = command.resources.map(({ resourceType, resourceName }) => ({
      resourceType,
      resourceName,
      errorCode: errorCode(error),
      errorMessage: errorMessage(error),
    }));
    return { responses };
  }
}
