import { isTrue } from './boolean-query.js';
import type { Endpoint } from './endpoint.js';
import { taskNumber } from './task-number.js';

const unknown = { schema: 'Error', description: 'There is no such connector or task.' } as const;
const conflict = { schema: 'Error', description: 'This cannot be done now.' } as const;

/** Pause, resume, stop, restart, and how they all are. */
export const lifecycleEndpoints: readonly Endpoint[] = [
  {
    method: 'get',
    path: '/connectors/{connector}/status',
    summary: 'The state of a connector and its tasks',
    answers: { 200: { schema: 'ConnectorStateInfo', description: 'The states.' }, 404: unknown },
    handle: ({ worker, param }) => ({ status: 200, body: worker.status(param('connector')) }),
  },
  {
    method: 'get',
    path: '/connectors/{connector}/metrics',
    summary: 'What has gone through a connector since it was started in this worker, and how far a sink is behind',
    answers: { 200: { schema: 'ConnectorMetrics', description: 'Counts.' }, 404: unknown },
    handle: async ({ worker, param }) => ({ status: 200, body: await worker.metrics(param('connector')) }),
  },
  target('pause', 202, 'Tasks stay and take nothing; this holds over restarts of the worker'),
  target('resume', 202, 'Go on after a pause or a stop'),
  target('stop', 204, 'End the tasks; this holds over restarts of the worker'),
  {
    method: 'post',
    path: '/connectors/{connector}/restart',
    summary: 'Restart a connector, with `includeTasks` its tasks too, with `onlyFailed` what has failed',
    query: [
      { name: 'includeTasks', description: '`true`: its tasks too' },
      { name: 'onlyFailed', description: '`true`: only what has failed' },
    ],
    answers: {
      202: { schema: 'ConnectorStateInfo', description: 'What will be restarted reads RESTARTING.' },
      204: { description: 'Restarted; answered where neither option is set.' },
      404: unknown,
      409: conflict,
    },
    async handle({ worker, param, query }) {
      const options = { includeTasks: isTrue(query, 'includeTasks'), onlyFailed: isTrue(query, 'onlyFailed') };
      const status = await worker.restart(param('connector'), options);
      return status === undefined ? { status: 204 } : { status: 202, body: status };
    },
  },
  {
    method: 'get',
    path: '/connectors/{connector}/tasks/{task}/status',
    summary: 'The state of a task',
    answers: { 200: { schema: 'TaskStateInfo', description: 'The state.' }, 404: unknown },
    handle: ({ worker, param }) => ({
      status: 200,
      body: worker.taskStatus(param('connector'), taskNumber(param('task'))),
    }),
  },
  {
    method: 'post',
    path: '/connectors/{connector}/tasks/{task}/restart',
    summary: 'Restart a task',
    answers: { 204: { description: 'Restarted.' }, 404: unknown, 409: conflict },
    async handle({ worker, param }) {
      await worker.restartTask(param('connector'), taskNumber(param('task')));
      return { status: 204 };
    },
  },
];

function target(verb: 'pause' | 'resume' | 'stop', status: number, summary: string): Endpoint {
  return {
    method: 'put',
    path: `/connectors/{connector}/${verb}`,
    summary,
    answers: { [status]: { description: 'It will be.' }, 404: unknown },
    async handle({ worker, param }) {
      await worker[verb](param('connector'));
      return { status };
    },
  };
}
