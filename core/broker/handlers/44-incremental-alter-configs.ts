import { incrementalAlterConfigs } from '../../protocol/44-incremental-alter-configs.js';
import { errorCode, errorMessage } from '../error-code.js';
import { handler } from '../handler.js';

export const incrementalAlterConfigsHandler = handler(incrementalAlterConfigs, async (node, request) => {
  const { resources, validateOnly } = request;
  try {
    const reply = await node.catalogue.run<'alter-configs'>({ kind: 'alter-configs', resources, validateOnly });
    return incrementalAlterConfigs.response(reply);
  } catch (error) {
    return incrementalAlterConfigs.response({
      responses: resources.map(({ resourceType, resourceName }) => ({
        resourceType,
        resourceName,
        errorCode: errorCode(error),
        errorMessage: errorMessage(error),
      })),
    });
  }
});
