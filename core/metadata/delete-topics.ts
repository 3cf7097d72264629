import { didYouMean } from '../base/nearest-word.js';
import type { DeleteTopicsCommand, DeleteTopicsReply } from './cluster-command.js';
import type { ClusterImage } from './cluster-image.js';
import type { ClusterRecord } from './cluster-record.js';
import { noError, type Refusal, refusal } from './refusal.js';

type Named = DeleteTopicsCommand['topics'][number];

export function deleteTopics(
  image: ClusterImage,
  command: DeleteTopicsCommand,
): { records: ClusterRecord[]; reply: DeleteTopicsReply } {
  const removed = new Set<string>();
  const responses = command.topics.map(named => {
    const topic = named.name === null ? image.topicById(named.topicId) : image.topic(named.name);
    if (topic === undefined) return { ...named, ...unknownTopic(image, named) };
    const { name, topicId } = topic;
    if (removed.has(topicId)) {
      return { name, topicId, ...refusal('INVALID_REQUEST', `the request names "${name}" twice`) };
    }
    removed.add(topicId);
    return { name, topicId, ...noError };
  });
  return { records: [...removed].map(topicId => ({ kind: 'remove-topic', topicId })), reply: { responses } };
}

function unknownTopic(image: ClusterImage, { name, topicId }: Named): Refusal {
  if (name === null) return refusal('UNKNOWN_TOPIC_ID', `there is no topic with the id ${topicId}`);
  const near = didYouMean(name, image.topicsByName.keys());
  return refusal('UNKNOWN_TOPIC_OR_PARTITION', `there is no topic "${name}"${near}`);
}
