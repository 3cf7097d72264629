import { adminEndpoints } from './admin-endpoints.js';
import { connectorEndpoints } from './connector-endpoints.js';
import type { Endpoint } from './endpoint.js';
import { lifecycleEndpoints } from './lifecycle-endpoints.js';
import { offsetEndpoints } from './offset-endpoints.js';
import { pluginEndpoints } from './plugin-endpoints.js';
import { rootEndpoints } from './root-endpoints.js';
import { taskEndpoints } from './task-endpoints.js';

/** All that the API serves once the worker is there. */
export const endpoints: readonly Endpoint[] = [
  ...rootEndpoints,
  ...connectorEndpoints,
  ...lifecycleEndpoints,
  ...taskEndpoints,
  ...offsetEndpoints,
  ...pluginEndpoints,
  ...adminEndpoints,
];
