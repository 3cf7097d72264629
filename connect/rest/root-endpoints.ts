import type { Endpoint } from './endpoint.js';

/** What is said about the worker itself. */
export const rootEndpoints: readonly Endpoint[] = [
  {
    method: 'get',
    path: '/',
    summary: 'The version of the worker, and the cluster it works on',
    answers: { 200: { schema: 'ServerInfo', description: 'The worker.' } },
    handle: ({ worker }) => ({ status: 200, body: worker.serverInfo() }),
  },
];
