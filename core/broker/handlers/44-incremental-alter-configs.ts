import { incrementalAlterConfigs } from '../../protocol/44-incremental-alter-configs.js';
import { alterConfigs } from '../alter-configs.js';
import { handler } from '../handler.js';

export const incrementalAlterConfigsHandler = handler(incrementalAlterConfigs, async (node, request) => {
  const { resources, validateOnly } = request;
  return incrementalAlterConfigs.response(await alterConfigs(node, { resources, validateOnly }));
});
