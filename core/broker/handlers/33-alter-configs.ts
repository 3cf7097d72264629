import { alterConfigs as api } from '../../protocol/33-alter-configs.js';
import { alterConfigs } from '../alter-configs.js';
import { handler } from '../handler.js';

const setOperation = 0;

/** What the request does not name goes back to its default: clients of 2019 and before know no other way. */
export const alterConfigsHandler = handler(api, async (node, { resources, validateOnly }) => {
  const replaced = resources.map(({ configs, ...resource }) => ({
    ...resource,
    configs: configs.map(config => ({ ...config, configOperation: setOperation })),
  }));
  return api.response(await alterConfigs(node, { resources: replaced, replaces: true, validateOnly }));
});
