import { bodyOf, type Call, type Endpoint } from './endpoint.js';
import { isNotFound } from './error-answer.js';
import { requireSameName } from './require-same-name.js';
import { schemas } from './schemas.js';
import { SecretFilter } from './secret-filter.js';

const unknown = { schema: 'Error', description: 'There is no connector of that name.' } as const;
const invalid = { schema: 'Error', description: 'The configuration cannot be meant.' } as const;

/** The connectors: list, make, look at, configure, delete. */
export const connectorEndpoints: readonly Endpoint[] = [
  {
    method: 'get',
    path: '/connectors',
    summary: 'The names of all connectors; with `expand` more about each',
    query: [{ name: 'expand', description: '`status`, `info`, or both', isRepeated: true }],
    answers: { 200: { schema: 'Connectors', description: 'Names, or an object of facts by name.' } },
    handle: call => ({ status: 200, body: call.query.has('expand') ? expanded(call) : call.worker.connectors() }),
  },
  {
    method: 'post',
    path: '/connectors',
    summary: 'Make a connector',
    body: { schema: 'NewConnector', numbersAsText: true },
    answers: {
      201: { schema: 'ConnectorInfo', description: 'Made.' },
      400: invalid,
      409: { schema: 'Error', description: 'There is a connector of that name.' },
    },
    async handle(call) {
      const given = bodyOf(call, schemas.NewConnector);
      const name = (given.name ?? '').trim();
      const config = requireSameName(name, given.config ?? {});
      const initialState = given.initial_state ?? undefined;
      const info = await call.worker.create({ name, config, initialState });
      return { status: 201, body: shownInfo(call, info), headers: { location: locationOf(call, name) } };
    },
  },
  {
    method: 'get',
    path: '/connectors/{connector}',
    summary: 'A connector: its configuration and its tasks',
    answers: { 200: { schema: 'ConnectorInfo', description: 'The connector.' }, 404: unknown },
    handle: call => ({ status: 200, body: shownInfo(call, call.worker.info(call.param('connector'))) }),
  },
  {
    method: 'delete',
    path: '/connectors/{connector}',
    summary: 'Delete a connector; its offsets stay',
    answers: { 204: { description: 'Deleted.' }, 404: unknown },
    async handle({ worker, param }) {
      await worker.delete(param('connector'));
      return { status: 204 };
    },
  },
  {
    method: 'get',
    path: '/connectors/{connector}/config',
    summary: 'The configuration of a connector, its secrets hidden',
    answers: { 200: { schema: 'ConfigText', description: 'The configuration.' }, 404: unknown },
    handle: ({ worker, param }) => ({
      status: 200,
      body: SecretFilter.of(worker).shown(worker.config(param('connector'))),
    }),
  },
  {
    method: 'put',
    path: '/connectors/{connector}/config',
    summary: 'Configure a connector, and make it where there is none',
    body: { schema: 'GivenConfig', numbersAsText: true },
    answers: {
      200: { schema: 'ConnectorInfo', description: 'Configured.' },
      201: { schema: 'ConnectorInfo', description: 'Made.' },
      400: invalid,
    },
    async handle(call) {
      const name = call.param('connector');
      const config = requireSameName(name, withKeptSecrets(call, name, bodyOf(call, schemas.GivenConfig)));
      const { isNew, info } = await call.worker.putConfig(name, config);
      const body = shownInfo(call, info);
      return isNew ? { status: 201, body, headers: { location: locationOf(call, name) } } : { status: 200, body };
    },
  },
  {
    method: 'patch',
    path: '/connectors/{connector}/config',
    summary: 'Change some keys of the configuration; null takes a key away',
    body: { schema: 'GivenConfig', numbersAsText: true },
    answers: { 200: { schema: 'ConnectorInfo', description: 'Configured.' }, 400: invalid, 404: unknown },
    async handle(call) {
      const name = call.param('connector');
      const patch = withKeptSecrets(call, name, bodyOf(call, schemas.GivenConfig));
      if (patch['name'] !== undefined) requireSameName(name, patch);
      return { status: 200, body: shownInfo(call, await call.worker.patchConfig(name, patch)) };
    },
  },
];

/** `expand=status&expand=info`; other words say nothing. A connector that was deleted meanwhile is left out. */
function expanded({ worker, query }: Call): Record<string, object> {
  const filter = SecretFilter.of(worker);
  const facts: (readonly [string, object])[] = [];
  for (const name of worker.connectors()) {
    const entry: Record<string, unknown> = {};
    try {
      for (const what of query.getAll('expand')) {
        if (what === 'status') entry['status'] = worker.status(name);
        if (what === 'info') entry['info'] = { ...worker.info(name), config: filter.shown(worker.config(name)) };
      }
    } catch (error) {
      if (isNotFound(error)) continue;
      throw error;
    }
    facts.push([name, entry]);
  }
  return Object.fromEntries(facts);
}

function shownInfo({ worker }: Call, info: ReturnType<Call['worker']['info']>): object {
  return { ...info, config: SecretFilter.of(worker).shown(info.config) };
}

type GivenConfig = Readonly<Record<string, string | number | boolean | null>>;

function withKeptSecrets({ worker }: Call, name: string, given: GivenConfig): GivenConfig {
  return worker.connectors().includes(name) ? SecretFilter.of(worker).restored(given, worker.config(name)) : given;
}

/** Kafka Connect escapes what a segment of a path may not hold, and nothing more. */
function locationOf({ origin }: Call, name: string): string {
  const segment = encodeURIComponent(name).replace(/%(?:24|26|2B|2C|3A|3B|3D|40)/g, decodeURIComponent);
  return `${origin}/connectors/${segment}`;
}
