import { type Group, metadataOf } from './group.js';

/**
 * The topics that the members of a consumer group subscribe to, read out of their metadata (Kafka's ConsumerProtocolSubscription:
 * int16 version, then the names). undefined: the group is of another kind, or a member's metadata cannot be read.
 */
export function subscribedTopics(group: Group): ReadonlySet<string> | undefined {
  if (group.protocolType !== 'consumer' || group.protocol === null) return undefined;
  const topics = new Set<string>();
  for (const member of group.members.values()) {
    const names = topicNames(metadataOf(member, group.protocol));
    if (names === undefined) return undefined;
    for (const name of names) topics.add(name);
  }
  return topics;
}

function topicNames(metadata: Uint8Array): string[] | undefined {
  const view = new DataView(metadata.buffer, metadata.byteOffset, metadata.byteLength);
  if (metadata.length < 6) return undefined;
  const names: string[] = [];
  let position = 6;
  for (let left = view.getInt32(2); left > 0; left--) {
    if (position + 2 > metadata.length) return undefined;
    const end = position + 2 + view.getInt16(position);
    if (end > metadata.length || end < position + 2) return undefined;
    names.push(new TextDecoder().decode(metadata.subarray(position + 2, end)));
    position = end;
  }
  return names;
}
