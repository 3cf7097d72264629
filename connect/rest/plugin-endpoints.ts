import type { ConfigInfo } from '../runtime/worker/worker-answers.js';
import { isTrue } from './boolean-query.js';
import { bodyOf, type Endpoint } from './endpoint.js';
import { schemas } from './schemas.js';
import { hidden, SecretFilter } from './secret-filter.js';

/** What may be run, and whether a configuration of it can be meant. */
export const pluginEndpoints: readonly Endpoint[] = [
  {
    method: 'get',
    path: '/connector-plugins',
    summary:
      'The connectors that may be named in `connector.class`; with `connectorsOnly=false` converters and transforms too',
    query: [{ name: 'connectorsOnly', description: '`false`: converters, transforms and predicates too' }],
    answers: { 200: { schema: 'Plugins', description: 'The plugins.' } },
    handle: ({ worker, query }) => ({
      status: 200,
      body: worker.plugins({ connectorsOnly: isTrue(query, 'connectorsOnly', true) }),
    }),
  },
  {
    method: 'get',
    path: '/connector-plugins/{plugin}/config',
    summary: 'The configuration keys of a plugin',
    query: [{ name: 'version', description: 'a version or a range of them that the plugin must have (KIP-891)' }],
    answers: {
      200: { schema: 'PluginConfig', description: 'The keys.' },
      400: { schema: 'Error', description: 'There is no such version of it.' },
      404: { schema: 'Error', description: 'There is no such plugin.' },
    },
    handle: ({ worker, param, query }) => ({
      status: 200,
      body: worker.pluginConfig(param('plugin'), query.get('version') ?? undefined),
    }),
  },
  {
    method: 'put',
    path: '/connector-plugins/{plugin}/config/validate',
    summary: 'What is wrong with a configuration; nothing is changed',
    body: { schema: 'GivenConfig', numbersAsText: true },
    answers: {
      200: { schema: 'ConfigInfos', description: 'Each key, with its value and what is wrong with it.' },
      400: { schema: 'Error', description: 'The class in the configuration is not the one of the path.' },
    },
    async handle(call) {
      const config = bodyOf(call, schemas.GivenConfig);
      const infos = await call.worker.validate(call.param('plugin'), config);
      const filter = SecretFilter.of(call.worker);
      const conceal = (text: string) => filter.concealed(text, config);
      return { status: 200, body: { ...infos, configs: infos.configs.map(info => shownInfo(info, conceal)) } };
    },
  },
];

function shownInfo({ definition, value }: ConfigInfo, conceal: (text: string) => string): object {
  const isSecret = definition?.type === 'PASSWORD' && value.value !== null;
  return {
    definition,
    value: {
      ...value,
      value: isSecret ? hidden : value.value === null ? null : conceal(value.value),
      errors: value.errors.map(conceal),
    },
  };
}
