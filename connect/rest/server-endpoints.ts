import type { Endpoint } from './endpoint.js';
import { endpoints } from './endpoints.js';
import { openApi } from './open-api.js';

/** Of the description, which is not the version of what serves it. */
const apiVersion = '1.0.0';

export interface Health {
  readonly status: 'healthy' | 'starting' | 'unhealthy';
  readonly message: string;
}

const statuses = { healthy: 200, starting: 503, unhealthy: 500 } as const;

/** All endpoints of a server: those of the worker, and the two that answer before there is one. `hasAdmin` false leaves out `/admin`. */
export function serverEndpoints(options: {
  readonly hasAdmin: boolean;
  health(): Promise<Health>;
}): readonly Endpoint[] {
  const health: Endpoint = {
    method: 'get',
    path: '/health',
    summary: 'Whether the worker is ready (KIP-1017); needs no authentication',
    answers: {
      200: { schema: 'Health', description: 'Ready.' },
      500: { schema: 'Health', description: 'It does not reach its log.' },
      503: { schema: 'Health', description: 'It is starting.' },
    },
    isAlwaysOpen: true,
    async handle() {
      const body = await options.health();
      return { status: statuses[body.status], body };
    },
  };
  const description: Endpoint = {
    method: 'get',
    path: '/openapi.json',
    summary: 'This description',
    answers: { 200: { schema: 'OpenApi', description: 'The description.' } },
    handle: () => ({ status: 200, body: document }),
  };
  const served = [
    health,
    description,
    ...endpoints.filter(each => options.hasAdmin || !each.path.startsWith('/admin')),
  ];
  const document = openApi(served, apiVersion);
  return served;
}
