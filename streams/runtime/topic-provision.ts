// Before a start: the internal topics exist, with Kafka Streams' names and configs and as many partitions as the topology needs.

import { type Admin, type Clock, type NewTopic, UsageError, WorldFault } from '../../core/index.js';
import type { StoreSpec } from '../topology/plan.js';
import { windowChangelogRetentionMs } from './changelog-retention.js';
import type { TopicLayout } from './topic-layout.js';

/** As Kafka Streams has them: event times are the topology's, whatever the broker's default says. */
const commonConfigs = { 'message.timestamp.type': 'CreateTime' };
const repartitionConfigs = {
  ...commonConfigs,
  'cleanup.policy': 'delete',
  'retention.ms': '-1',
  'segment.bytes': '52428800',
};
const creationWaitMs = 30_000;

/** Names and partition counts of all topics of a log. */
export async function existingTopics(admin: Admin): Promise<ReadonlyMap<string, number>> {
  const listed = await admin.listTopics({ withInternal: true });
  return new Map(listed.map(each => [each.name, each.partitionCount]));
}

/**
 * Creates what is missing; throws UsageError for an internal topic of another width. Another instance may be doing the same: what it was quicker
 * to create is looked at like all that was there before.
 */
export async function provisionTopics(
  admin: Admin,
  clock: Clock,
  layout: TopicLayout,
  deadLetterTopic: string | undefined,
): Promise<void> {
  const internal = internalTopics(layout);
  const deadLetters = deadLetterTopic === undefined ? [] : [{ name: deadLetterTopic, partitions: 1 }];
  const wanted = [...internal, ...sinkTopics(layout), ...deadLetters];
  const existing = await existingTopics(admin);
  requireWidths(internal, existing, layout);
  const missing = missingOf(wanted, existing);
  if (missing.length === 0) return;
  await admin.createTopics(missing, { ifNotExists: true });
  requireWidths(internal, await seen(admin, clock, wanted), layout);
}

function missingOf(wanted: readonly NewTopic[], existing: ReadonlyMap<string, number>): NewTopic[] {
  return wanted.filter(({ name }) => !existing.has(name));
}

/** In a cluster every broker hears of a new topic at its own time. */
async function seen(admin: Admin, clock: Clock, wanted: readonly NewTopic[]): Promise<ReadonlyMap<string, number>> {
  const deadline = clock.monotonic() + creationWaitMs;
  for (;;) {
    const existing = await existingTopics(admin);
    const missing = missingOf(wanted, existing);
    if (missing.length === 0) return existing;
    if (clock.monotonic() >= deadline) {
      const names = missing.map(({ name }) => name).join(', ');
      throw new WorldFault(
        `the topics ${names} were created and cannot be seen after 30 s: look at the brokers' logs`,
        {
          isRetriable: true,
        },
      );
    }
    await clock.sleep(20);
  }
}

function requireWidths(
  internal: readonly NewTopic[],
  existing: ReadonlyMap<string, number>,
  { applicationId }: TopicLayout,
): void {
  for (const { name, partitions } of internal) {
    const count = existing.get(name);
    if (count === undefined || count === partitions) continue;
    throw new UsageError(
      `internal topic ${name} has ${count} partitions and the topology needs ${partitions}: its keys would move between partitions. Use another applicationId, or delete the topic and the group "${applicationId}" to begin again`,
    );
  }
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
  if (store.kind !== 'window' || store.retentionMs === undefined)
    return { ...commonConfigs, 'cleanup.policy': 'compact' };
  return {
    ...commonConfigs,
    'cleanup.policy': 'compact,delete',
    'retention.ms': String(windowChangelogRetentionMs(store.retentionMs)),
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
