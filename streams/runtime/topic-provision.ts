// Before a start: the internal topics exist, with Kafka Streams' names and configs and as many partitions as the topology needs.

import { type Admin, type NewTopic, UsageError } from '../../core/index.js';
import type { StoreSpec } from '../topology/plan.js';
import type { TopicLayout } from './topic-layout.js';

/** Kafka Streams' windowstore.changelog.additional.retention.ms. */
const windowChangelogExtraMs = 86_400_000;
const repartitionConfigs = { 'cleanup.policy': 'delete', 'retention.ms': '-1', 'segment.bytes': '52428800' };

/** Names and partition counts of all topics of a log. */
export async function existingTopics(admin: Admin): Promise<ReadonlyMap<string, number>> {
  const listed = await admin.listTopics({ withInternal: true });
  return new Map(listed.map(each => [each.name, each.partitionCount]));
}

/** Creates what is missing; throws UsageError for an internal topic of another width. */
export async function provisionTopics(
  admin: Admin,
  layout: TopicLayout,
  deadLetterTopic: string | undefined,
): Promise<void> {
  const existing = await existingTopics(admin);
  const internal = internalTopics(layout);
  for (const { name, partitions } of internal) {
    const count = existing.get(name);
    if (count === undefined || count === partitions) continue;
    throw new UsageError(
      `internal topic ${name} has ${count} partitions and the topology now needs ${partitions}: its keys would move between partitions. Use another applicationId, or delete the topic and the group "${layout.applicationId}" to begin again`,
    );
  }
  const deadLetters = deadLetterTopic === undefined ? [] : [{ name: deadLetterTopic, partitions: 1 }];
  const missing = [...internal, ...sinkTopics(layout), ...deadLetters].filter(({ name }) => !existing.has(name));
  if (missing.length > 0) await admin.createTopics(missing, { ifNotExists: true });
}

function internalTopics(layout: TopicLayout): NewTopic[] {
  const { plan } = layout;
  const repartition = plan.repartitionTopics.map(({ name }) => ({
    name: layout.realName(name),
    partitions: layout.partitionCount(name),
    configs: repartitionConfigs,
  }));
  const changelogs = plan.stores
    .filter(store => store.isLogged)
    .map(store => ({
      name: layout.changelogName(store.name),
      partitions: layout.taskCount(plan.subTopologies.find(each => each.stores.includes(store.name))!),
      configs: changelogConfigs(store),
    }));
  return [...repartition, ...changelogs];
}

function changelogConfigs(store: StoreSpec): Record<string, string> {
  if (store.kind !== 'window' || store.retentionMs === undefined) return { 'cleanup.policy': 'compact' };
  return {
    'cleanup.policy': 'compact,delete',
    'retention.ms': String(store.retentionMs + windowChangelogExtraMs),
  };
}

/** A sink's topic that is missing is created as wide as the widest sub-topology that writes it. */
function sinkTopics(layout: TopicLayout): NewTopic[] {
  const partitions = new Map<string, number>();
  for (const node of layout.plan.nodes) {
    if (node.kind !== 'sink' || node.isInternal) continue;
    const subTopology = layout.plan.subTopologies.find(each => each.id === node.subTopology)!;
    partitions.set(node.topic, Math.max(partitions.get(node.topic) ?? 1, layout.taskCount(subTopology)));
  }
  return Array.from(partitions, ([name, count]) => ({ name, partitions: count }));
}
