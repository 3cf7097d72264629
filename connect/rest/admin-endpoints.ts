import { WorkerError } from '../runtime/worker/worker-error.js';
import { bodyOf, type Endpoint } from './endpoint.js';
import { schemas } from './schemas.js';

const unknown = { schema: 'Error', description: 'There is no such logger, or no such level.' } as const;

/** What is logged, changed while the worker runs (KIP-495, KIP-976). */
export const adminEndpoints: readonly Endpoint[] = [
  {
    method: 'get',
    path: '/admin/loggers',
    summary: 'The loggers and their levels',
    answers: { 200: { schema: 'Loggers', description: 'By name.' } },
    handle: ({ worker }) => ({ status: 200, body: worker.loggers() }),
  },
  {
    method: 'get',
    path: '/admin/loggers/{logger}',
    summary: 'The level of a logger',
    answers: { 200: { schema: 'LoggerLevel', description: 'The level.' }, 404: unknown },
    handle: ({ worker, param }) => ({ status: 200, body: worker.logger(param('logger')) }),
  },
  {
    method: 'put',
    path: '/admin/loggers/{logger}',
    summary: 'Set the level of a logger and of those below it',
    query: [{ name: 'scope', description: '`cluster`: for all workers, also those to come; else this one only' }],
    body: { schema: 'GivenLevel', numbersAsText: false },
    answers: {
      200: { schema: 'ChangedLoggers', description: 'The loggers that were changed.' },
      204: { description: 'Set for the cluster.' },
      400: { schema: 'Error', description: 'No level was given.' },
      404: unknown,
    },
    async handle(call) {
      const { level } = bodyOf(call, schemas.GivenLevel);
      if (level === undefined || level === null) {
        throw new WorkerError('invalid', "Desired 'level' parameter was not specified in request.");
      }
      const scope = call.query.get('scope')?.toLowerCase() === 'cluster' ? 'cluster' : 'worker';
      const changed = await call.worker.setLogger(call.param('logger'), level, scope);
      return scope === 'cluster' ? { status: 204 } : { status: 200, body: changed };
    },
  },
];
