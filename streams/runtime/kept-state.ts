// What an earlier run of the application left behind and this topology would silently lose: changelogs of stores that are gone, stores whose
// serdes or windows are others, repartition topics with records that nobody will take. The log itself knows the names; the shape of the
// topology, kept in the state directory where there is one, knows the rest.

import { type Admin, type Consumer, type Disk, UsageError } from '../../core/index.js';
import { diffTopology, type TopologyShape, topologyShape } from '../topology/topology-diff.js';
import { OffsetBounds } from './offset-bounds.js';
import type { TopicLayout } from './topic-layout.js';

interface KeptStateOptions {
  readonly admin: Admin;
  /** Looks up the ends of topics. */
  readonly lookup: Consumer;
  /** Of the application's group. */
  readonly consumer: Consumer;
  readonly layout: TopicLayout;
  readonly existing: ReadonlyMap<string, number>;
  readonly forgetStores: readonly string[];
  /** The shape of the topology that ran before, where it is known. */
  readonly before: TopologyShape | undefined;
}

/**
 * Refuses with UsageError what would be lost, unless it is to be forgotten: then its changelog is deleted. A table on disk that has followed it
 * sees by the topic's id that it counts no more.
 */
export async function guardKeptState(options: KeptStateOptions): Promise<void> {
  const { layout, existing, forgetStores, admin } = options;
  const losses = new Map<string, string>();
  for (const store of lostStores(layout, existing)) {
    losses.set(store, `store "${store}" was kept in ${layout.changelogName(store)} and is not in this topology`);
  }
  for (const each of options.before === undefined ? [] : diffTopology(options.before, topologyShape(layout.plan))) {
    const isOfStore = each.kind === 'store-lost' || each.kind === 'store-changed';
    if (isOfStore && each.isStateLost) losses.set(each.name, each.message);
  }
  const unspoken = [...losses].filter(([store]) => !forgetStores.includes(store));
  if (unspoken.length > 0) {
    const names = unspoken.map(([store]) => JSON.stringify(store)).join(', ');
    throw new UsageError(
      `application "${layout.applicationId}" would lose state: ${unspoken.map(([, message]) => message).join('; ')}. If it was renamed or changed by mistake, take that back; to let it go, start once with forgetStores: [${names}]`,
    );
  }
  await refuseUnreadRepartitions(options);
  const changelogs = [...losses.keys()].map(store => layout.changelogName(store)).filter(name => existing.has(name));
  if (changelogs.length > 0) await admin.deleteTopics(changelogs);
}

function lostStores(layout: TopicLayout, existing: ReadonlyMap<string, number>): string[] {
  const kept = new Set(layout.plan.stores.filter(store => store.isLogged).map(({ name }) => name));
  return internalNames(layout, existing, '-changelog').filter(store => !kept.has(store));
}

/** What stands between the application's prefix and `suffix` in the names of the topics that exist. */
function internalNames(layout: TopicLayout, existing: ReadonlyMap<string, number>, suffix: string): string[] {
  const prefix = `${layout.applicationId}-`;
  return [...existing.keys()]
    .filter(name => name.startsWith(prefix) && name.endsWith(suffix) && name.length > prefix.length + suffix.length)
    .map(name => name.slice(prefix.length, -suffix.length));
}

async function refuseUnreadRepartitions({ layout, existing, consumer, lookup }: KeptStateOptions): Promise<void> {
  const read = new Set(layout.plan.repartitionTopics.map(({ name }) => layout.realName(name)));
  const suffix = '-repartition';
  for (const name of internalNames(layout, existing, suffix)) {
    const topic = `${layout.applicationId}-${name}${suffix}`;
    if (read.has(topic)) continue;
    const partitions = Array.from({ length: existing.get(topic)! }, (_, partition) => ({ topic, partition }));
    const committed = await consumer.committed(partitions);
    const bounds = await OffsetBounds.of(lookup, partitions);
    const unread = partitions.reduce((sum, each, index) => {
      const taken = Math.max(bounds.begin(each), committed[index]?.offset ?? 0);
      return sum + Math.max(0, bounds.end(each) - taken);
    }, 0);
    if (unread === 0) continue;
    throw new UsageError(
      `topic ${topic} holds ${unread} records that the last run had not taken yet, and this topology does not read it: they would be lost. Run the earlier topology to its end first, or delete the topic`,
    );
  }
}

const fileName = 'topology.json';

export function readTopologyShape(disk: Disk, directory: string | undefined): TopologyShape | undefined {
  const path = `${directory}/${fileName}`;
  if (directory === undefined || !disk.exists(path)) return undefined;
  return JSON.parse(Buffer.from(disk.readFile(path)).toString()) as TopologyShape;
}

export function writeTopologyShape(disk: Disk, directory: string | undefined, layout: TopicLayout): void {
  if (directory === undefined) return;
  disk.replaceFile(`${directory}/${fileName}`, Buffer.from(JSON.stringify(topologyShape(layout.plan), null, 2)));
}
