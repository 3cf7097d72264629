// Before a start: the internal topics exist with Kafka Streams' names and configs, and none of them holds anything that this topology would
// silently lose.

import { type Admin, type NewTopic, UsageError } from '../../core/index.js';
import { internalTopicName } from '../topology/internal-topics.js';
import type { StoreSpec, TopologyPlan } from '../topology/plan.js';
import { TopicLayout } from './topic-layout.js';

/** Kafka Streams' windowstore.changelog.additional.retention.ms. */
const windowChangelogExtraMs = 86_400_000;
const repartitionConfigs = { 'cleanup.policy': 'delete', 'retention.ms': '-1', 'segment.bytes': '52428800' };

interface ProvisionOptions {
  readonly applicationId: string;
  readonly deadLetterTopic: string | undefined;
  readonly forgetStores: readonly string[];
}

export async function provisionTopics(
  admin: Admin,
  plan: TopologyPlan,
  options: ProvisionOptions,
): Promise<TopicLayout> {
  const listed = await admin.listTopics({ withInternal: true });
  const existing = new Map(listed.map(each => [each.name, each.partitionCount]));
  const layout = new TopicLayout(plan, options.applicationId, existing);
  await forgetLostStores(admin, layout, existing, options.forgetStores);
  const wanted = [...internalTopics(layout), ...sinkTopics(layout)];
  if (options.deadLetterTopic !== undefined) wanted.push({ name: options.deadLetterTopic, partitions: 1 });
  const internalNames = new Set(internalTopics(layout).map(each => each.name));
  for (const { name, partitions } of wanted) {
    const count = existing.get(name);
    if (count === undefined || !internalNames.has(name) || count === partitions) continue;
    throw new UsageError(
      `internal topic ${name} has ${count} partitions and the topology now needs ${partitions}: its keys would move between partitions. Use another applicationId, or delete the topic and the group "${options.applicationId}" to begin again`,
    );
  }
  await admin.createTopics(
    wanted.filter(({ name }) => !existing.has(name)),
    { ifNotExists: true },
  );
  return layout;
}

function internalTopics(layout: TopicLayout): NewTopic[] {
  const { plan } = layout;
  const repartition = plan.repartitionTopics.map(({ name }) => ({
    name: internalTopicName(layout.applicationId, name),
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

/** A sink's topic that is missing is created as wide as the widest task set that writes it. */
function sinkTopics(layout: TopicLayout): NewTopic[] {
  const partitions = new Map<string, number>();
  for (const node of layout.plan.nodes) {
    if (node.kind !== 'sink' || node.isInternal) continue;
    const subTopology = layout.plan.subTopologies.find(each => each.id === node.subTopology)!;
    partitions.set(node.topic, Math.max(partitions.get(node.topic) ?? 1, layout.taskCount(subTopology)));
  }
  return Array.from(partitions, ([name, count]) => ({ name, partitions: count }));
}

async function forgetLostStores(
  admin: Admin,
  layout: TopicLayout,
  existing: ReadonlyMap<string, number>,
  forgetStores: readonly string[],
): Promise<void> {
  const prefix = `${layout.applicationId}-`;
  const suffix = '-changelog';
  const kept = new Set(
    layout.plan.stores.filter(store => store.isLogged).map(store => layout.changelogName(store.name)),
  );
  const lost = [...existing.keys()]
    .filter(name => name.startsWith(prefix) && name.endsWith(suffix) && !kept.has(name))
    .map(name => name.slice(prefix.length, -suffix.length));
  const unspoken = lost.filter(store => !forgetStores.includes(store));
  if (unspoken.length > 0) {
    const list = unspoken.map(name => `"${name}"`).join(', ');
    throw new UsageError(
      `application "${layout.applicationId}" has kept state in ${list}, which this topology does not have any more: it would be lost. If a store was renamed, give it its old name; to let it go, start once with forgetStores: [${list}]`,
    );
  }
  if (lost.length > 0) await admin.deleteTopics(lost.map(store => layout.changelogName(store)));
}
