import type { Endpoint } from './endpoint.js';
import { SecretFilter } from './secret-filter.js';

const unknown = { schema: 'Error', description: 'There is no connector of that name.' } as const;

/** What the tasks of a connector were given to do. */
export const taskEndpoints: readonly Endpoint[] = [
  {
    method: 'get',
    path: '/connectors/{connector}/tasks',
    summary: 'The tasks of a connector, with their configurations',
    answers: { 200: { schema: 'Tasks', description: 'The tasks.' }, 404: unknown },
    handle({ worker, param }) {
      const filter = SecretFilter.of(worker);
      const tasks = worker.tasks(param('connector'));
      return { status: 200, body: tasks.map(({ id, config }) => ({ id, config: filter.shown(config) })) };
    },
  },
  {
    method: 'get',
    path: '/connectors/{connector}/tasks-config',
    summary: 'The configurations of the tasks, by `<connector>-<task>` (Kafka Connect has taken this away in 4.0)',
    answers: { 200: { schema: 'TasksConfig', description: 'The configurations.' }, 404: unknown },
    handle({ worker, param }) {
      const filter = SecretFilter.of(worker);
      const configs = Object.entries(worker.tasksConfig(param('connector')));
      return { status: 200, body: Object.fromEntries(configs.map(([id, config]) => [id, filter.shown(config)])) };
    },
  },
];
