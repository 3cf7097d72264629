// How many partitions internal topics get, and whether joined topics agree: known only when the real topics are. A repartition topic takes
// the count it was given, else that of the topics it is joined with, else the largest of the topics that feed it.

import { UsageError } from '../../core/index.js';
import type { CopartitionGroup, RepartitionTopicPlan, TopologyPlan } from './plan.js';

/**
 * Partition counts of the repartition topics (named as in the plan), from those of the topics that exist.
 * Throws UsageError where topics that are joined have different counts, or a source topic has none.
 */
export function repartitionCounts(
  plan: TopologyPlan,
  partitionsOf: (topic: string) => number | undefined,
): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const node of plan.nodes) {
    if (node.kind !== 'source' || node.isInternal) continue;
    const count = partitionsOf(node.topic);
    if (count === undefined) throw new UsageError(`the topic ${node.topic}, which ${plan.name} reads, does not exist`);
    counts.set(node.topic, count);
  }
  for (const topic of plan.repartitionTopics)
    if (topic.partitions !== undefined) counts.set(topic.name, topic.partitions);
  const open = plan.repartitionTopics.filter(topic => topic.partitions === undefined);
  const joined = (topic: RepartitionTopicPlan) =>
    plan.copartitionGroups.find(group => group.topics.includes(topic.name));
  // Each round knows at least one more: a cycle of repartition topics cannot be written.
  for (let round = 0; round <= open.length; round++) {
    for (const topic of open) if (!counts.has(topic.name)) decide(plan, topic, joined(topic), counts);
  }
  for (const group of plan.copartitionGroups) requireSameCount(group, counts);
  return new Map(plan.repartitionTopics.map(topic => [topic.name, counts.get(topic.name)!]));
}

function decide(
  plan: TopologyPlan,
  topic: RepartitionTopicPlan,
  group: CopartitionGroup | undefined,
  counts: Map<string, number>,
): void {
  const partner = group?.topics.find(other => counts.has(other));
  if (partner !== undefined) {
    counts.set(topic.name, counts.get(partner)!);
    return;
  }
  const feeding = topic.writtenBy.flatMap(id => plan.subTopologies[id]!.sourceTopics);
  const known = feeding.map(name => counts.get(name)).filter(count => count !== undefined);
  if (known.length === feeding.length) counts.set(topic.name, Math.max(...known));
}

function requireSameCount(group: CopartitionGroup, counts: ReadonlyMap<string, number>): void {
  const found = new Set(group.topics.map(topic => counts.get(topic)));
  if (found.size <= 1) return;
  const list = group.topics.map(topic => `${topic} has ${counts.get(topic)}`).join(', ');
  throw new UsageError(
    `${group.operator} joins topics with different numbers of partitions (${list}): equal keys would not meet. Repartition one of them, or create the topics with equal numbers`,
  );
}
