import { ProtocolError } from '../../base/errors.js';
import { createPartitions } from '../../protocol/37-create-partitions.js';
import { errorCode, errorMessage } from '../error-code.js';
import { handler } from '../handler.js';
import { isInternalTopic } from '../internal-topics.js';

export const createPartitionsHandler = handler(createPartitions, async (node, request) => {
  const { validateOnly } = request;
  const internal = request.topics.filter(({ name }) => isInternalTopic(name));
  const topics = request.topics.filter(({ name }) => !isInternalTopic(name));
  try {
    const reply = await node.catalogue.run<'create-partitions'>({ kind: 'create-partitions', topics, validateOnly });
    return createPartitions.response({ results: [...reply.results, ...internal.map(refusedInternal)] });
  } catch (error) {
    return createPartitions.response({ results: request.topics.map(({ name }) => refused(name, error)) });
  }
});

function refusedInternal({ name }: { readonly name: string }) {
  return refused(name, new ProtocolError('INVALID_TOPIC_EXCEPTION', `the partitions of ${name} cannot be changed`));
}

function refused(name: string, error: unknown) {
  return { name, errorCode: errorCode(error), errorMessage: errorMessage(error) };
}
