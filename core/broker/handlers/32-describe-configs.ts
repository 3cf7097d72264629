// Configs of topics, with their defaults. Of brokers only what somebody could ask for by habit: an embedded broker is
// configured by whoever opens it, not over the protocol.

import { ProtocolError } from '../../base/errors.js';
import { didYouMean } from '../../base/nearest-word.js';
import { topicConfigNames, topicConfigTable } from '../../metadata/topic-config-table.js';
import { describeConfigs } from '../../protocol/32-describe-configs.js';
import type { RequestOf } from '../../protocol/api.js';
import type { BrokerNode } from '../broker-node.js';
import { errorCode, errorMessage } from '../error-code.js';
import { handler } from '../handler.js';

type Request = RequestOf<typeof describeConfigs>;
type Resource = Request['resources'][number];

const resourceTypes = { topic: 2, broker: 4 } as const;
const sources = { topic: 1, default: 5 } as const;

export const describeConfigsHandler = handler(describeConfigs, (node, request) =>
  describeConfigs.response({
    results: request.resources.map(resource => {
      const { resourceType, resourceName } = resource;
      try {
        return { resourceType, resourceName, errorMessage: null, configs: configsOf(node, resource, request) };
      } catch (error) {
        return { resourceType, resourceName, errorCode: errorCode(error), errorMessage: errorMessage(error) };
      }
    }),
  }),
);

function configsOf(node: BrokerNode, resource: Resource, request: Request) {
  const { resourceType, resourceName, configurationKeys } = resource;
  if (resourceType === resourceTypes.broker) return [];
  if (resourceType !== resourceTypes.topic) {
    throw new ProtocolError('INVALID_REQUEST', `resource type ${resourceType} has no configs here`);
  }
  const { published } = node.catalogue;
  const topic = published.topic(resourceName);
  if (topic === undefined) {
    const near = didYouMean(resourceName, published.topicsByName.keys());
    throw new ProtocolError('UNKNOWN_TOPIC_OR_PARTITION', `there is no topic "${resourceName}"${near}`);
  }
  return topicConfigNames
    .filter(name => configurationKeys === null || configurationKeys.includes(name))
    .map(name => {
      const { type, default: byDefault, documentation } = topicConfigTable[name];
      const value = topic.configs.get(name);
      const source = value === undefined ? sources.default : sources.topic;
      return {
        name,
        value: value ?? byDefault,
        configSource: source,
        synonyms: request.includeSynonyms ? [{ name, value: value ?? byDefault, source }] : [],
        configType: type.code,
        documentation: request.includeDocumentation ? documentation : null,
      };
    });
}
