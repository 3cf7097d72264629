// How far a sink is behind: of each partition that a running task has as the task knows it, of all others that its group has committed as the group does, so that
// a sink that is stopped or has failed shows how it falls behind.

import type { RunningConnector } from '../running-connector.js';
import { lagOf, type PartitionLag } from '../sink/partition-lag.js';
import { onGroup } from './on-group.js';
import { type ResolvedConnector, resolveConnector } from './resolved-connector.js';
import type { ConfigText, SinkLagInfo } from './worker-answers.js';
import type { WorkerParts } from './worker-parts.js';

export async function sinkLag(
  parts: WorkerParts,
  { name, config }: { readonly name: string; readonly config: ConfigText },
  connector: RunningConnector | undefined,
): Promise<SinkLagInfo> {
  const held = (await connector?.lag()) ?? [];
  const tasks = connector?.status().tasks ?? [];
  const doAllRun = tasks.length > 0 && tasks.every(({ state }) => state === 'RUNNING' || state === 'PAUSED');
  const isHeld = ({ topic, partition }: PartitionLag) =>
    held.some(each => each.topic === topic && each.partition === partition);
  const others = doAllRun && held.length > 0 ? [] : await groupLag(parts, name, resolveConnector(parts, config));
  const rows = [...held, ...others.filter(row => !isHeld(row))].sort(byPartition);
  return {
    'sink-record-lag-max': lagMax(rows),
    tasks: tasks.map(({ id }) => ({ id, 'sink-record-lag-max': lagMax(rows.filter(({ task }) => task === id)) })),
    partitions: rows.map(row => ({
      kafka_topic: row.topic,
      kafka_partition: row.partition,
      task: row.task ?? null,
      position: row.position,
      end: row.end,
      lag: lagOf(row),
    })),
  };
}

/** Null: there is nothing of which it could be said. */
function lagMax(rows: readonly PartitionLag[]): number | null {
  return rows.length === 0 ? null : Math.max(...rows.map(lagOf));
}

function groupLag(parts: WorkerParts, name: string, resolved: ResolvedConnector): Promise<readonly PartitionLag[]> {
  return onGroup(parts, resolved, async (log, overrides) => {
    const groupId = overrides.groupId(name);
    await using admin = log.admin();
    if (!(await admin.listGroups()).some(group => group.groupId === groupId)) return [];
    const [group] = await admin.describeGroups([groupId]);
    return group!.offsets
      .filter(({ committedOffset }) => committedOffset >= 0)
      .map(({ topic, partition, committedOffset: position, endOffset: end }) => {
        return { topic, partition, task: undefined, position, end };
      });
  });
}

function byPartition(a: PartitionLag, b: PartitionLag): number {
  return a.topic === b.topic ? a.partition - b.partition : a.topic < b.topic ? -1 : 1;
}
