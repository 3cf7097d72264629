import { WorkerError } from '../runtime/worker/worker-error.js';
import { bodyOf, type Endpoint } from './endpoint.js';
import { schemas } from './schemas.js';

const unknown = { schema: 'Error', description: 'There is no connector of that name.' } as const;
const notNow = {
  schema: 'Error',
  description: 'The connector is not stopped, or the offsets cannot be meant.',
} as const;
const isBusy = { schema: 'Error', description: 'Its tasks have not left their group yet: try again.' } as const;
const isOff = { schema: 'Error', description: 'The worker is configured not to.' } as const;

/** Offsets of a connector (KIP-875), and the topics it has used (KIP-558). */
export const offsetEndpoints: readonly Endpoint[] = [
  {
    method: 'get',
    path: '/connectors/{connector}/offsets',
    summary: 'How far a connector has come',
    answers: { 200: { schema: 'ConnectorOffsets', description: 'The offsets.' }, 404: unknown },
    handle: async ({ worker, param }) => ({ status: 200, body: await worker.offsets(param('connector')) }),
  },
  {
    method: 'patch',
    path: '/connectors/{connector}/offsets',
    summary: 'Change offsets of a connector that is stopped; an offset of null is forgotten',
    body: { schema: 'GivenOffsets', numbersAsText: false },
    answers: { 200: { schema: 'Message', description: 'Changed.' }, 400: notNow, 404: unknown, 409: isBusy },
    async handle(call) {
      const { offsets } = bodyOf(call, schemas.GivenOffsets);
      if (offsets === undefined || offsets === null || offsets.length === 0) {
        const message = 'Partitions / offsets need to be provided for an alter offsets request';
        throw new WorkerError('invalid', message);
      }
      const given = offsets.map(({ partition = null, offset = null }) => ({ partition, offset }));
      return { status: 200, body: await call.worker.patchOffsets(call.param('connector'), given) };
    },
  },
  {
    method: 'delete',
    path: '/connectors/{connector}/offsets',
    summary: 'Forget all offsets of a connector that is stopped',
    answers: { 200: { schema: 'Message', description: 'Forgotten.' }, 400: notNow, 404: unknown, 409: isBusy },
    handle: async ({ worker, param }) => ({ status: 200, body: await worker.resetOffsets(param('connector')) }),
  },
  {
    method: 'get',
    path: '/connectors/{connector}/topics',
    summary: 'The topics a connector has used since they were last reset',
    answers: { 200: { schema: 'ActiveTopics', description: 'The topics.' }, 403: isOff },
    handle: ({ worker, param }) => ({ status: 200, body: worker.topics(param('connector')) }),
  },
  {
    method: 'put',
    path: '/connectors/{connector}/topics/reset',
    summary: 'Forget which topics it has used',
    answers: { 202: { description: 'Forgotten.' }, 403: isOff },
    async handle({ worker, param }) {
      await worker.resetTopics(param('connector'));
      return { status: 202 };
    },
  },
];
