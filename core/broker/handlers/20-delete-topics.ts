import { ProtocolError } from '../../base/errors.js';
import { deleteTopics } from '../../protocol/20-delete-topics.js';
import type { RequestOf } from '../../protocol/api.js';
import type { BrokerNode } from '../broker-node.js';
import { errorCode, errorMessage } from '../error-code.js';
import { handler } from '../handler.js';
import { isInternalTopic } from '../internal-topics.js';
import { noTopicId } from '../topic-table.js';

type Request = RequestOf<typeof deleteTopics>;
type Named = Request['topics'][number];

/** From this version on topics are named by name or by id. */
const idsFromVersion = 6;

export const deleteTopicsHandler = handler(deleteTopics, async (node, request, context) => {
  const named = namedTopics(request, context.apiVersion);
  const [internal, others] = [true, false].map(wanted => named.filter(each => isInternal(node, each) === wanted));
  try {
    const reply = await node.catalogue.run<'delete-topics'>({ kind: 'delete-topics', topics: others! });
    return deleteTopics.response({ responses: [...reply.responses, ...internal!.map(refusedInternal)] });
  } catch (error) {
    return deleteTopics.response({ responses: named.map(each => refused(each, error)) });
  }
});

function namedTopics(request: Request, apiVersion: number): readonly Named[] {
  if (apiVersion >= idsFromVersion) return request.topics;
  return request.topicNames.map(name => ({ name, topicId: noTopicId }));
}

function isInternal(node: BrokerNode, { name, topicId }: Named): boolean {
  return isInternalTopic(name ?? node.topics.findById(topicId)?.name ?? '');
}

function refusedInternal(named: Named) {
  return refused(named, new ProtocolError('INVALID_TOPIC_EXCEPTION', 'the broker cannot do without this topic'));
}

function refused({ name, topicId }: Named, error: unknown) {
  return { name, topicId, errorCode: errorCode(error), errorMessage: errorMessage(error) };
}
