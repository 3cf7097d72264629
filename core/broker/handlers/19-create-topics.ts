import { ProtocolError } from '../../base/errors.js';
import type { CreatedTopic } from '../../metadata/cluster-command.js';
import { createTopics } from '../../protocol/19-create-topics.js';
import type { RequestOf } from '../../protocol/api.js';
import { errorCode, errorMessage } from '../error-code.js';
import { handler } from '../handler.js';
import { isInternalTopic } from '../internal-topics.js';

type Asked = RequestOf<typeof createTopics>['topics'][number];

export const createTopicsHandler = handler(createTopics, async (node, request) => {
  const { validateOnly } = request;
  const internal = request.topics.filter(({ name }) => isInternalTopic(name));
  const topics = request.topics
    .filter(({ name }) => !isInternalTopic(name))
    .map(topic => ({ ...topic, topicId: node.catalogue.newTopicId() }));
  try {
    const reply = await node.catalogue.run<'create-topics'>({ kind: 'create-topics', topics, validateOnly });
    return createTopics.response({ topics: [...reply.topics.map(asResponse), ...internal.map(refusedInternal)] });
  } catch (error) {
    return createTopics.response({ topics: request.topics.map(({ name }) => refused(name, error)) });
  }
});

function asResponse(created: CreatedTopic) {
  return { ...created, configs: created.errorCode === 0 ? [] : null };
}

function refusedInternal({ name }: Asked) {
  return refused(name, new ProtocolError('INVALID_TOPIC_EXCEPTION', `${name} is made by the broker itself`));
}

function refused(name: string, error: unknown) {
  return { name, errorCode: errorCode(error), errorMessage: errorMessage(error), configs: null };
}
