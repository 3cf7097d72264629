// The tasks that a set of assigned partitions makes, and what was committed for each; nothing is opened yet.

import type { CommittedOffset, Consumer, TopicPartition } from '../../core/index.js';
import type { SourcePlan, SubTopologyPlan, TopologyPlan } from '../topology/plan.js';
import { decodeCommitMetadata } from './commit-metadata.js';
import { TimeCells } from './time-cells.js';
import type { TopicLayout } from './topic-layout.js';

export interface DraftSource extends TopicPartition {
  readonly source: SourcePlan;
  readonly committed: CommittedOffset | undefined;
}

export interface TaskDraft {
  readonly subTopology: SubTopologyPlan;
  readonly partition: number;
  readonly sources: readonly DraftSource[];
  readonly hasCommitted: boolean;
  readonly cells: TimeCells;
}

export async function draftTasks(
  layout: TopicLayout,
  assigned: readonly TopicPartition[],
  consumer: Consumer,
): Promise<TaskDraft[]> {
  const committed = new Map<string, CommittedOffset>();
  for (const each of assigned.length === 0 ? [] : await consumer.committed(assigned)) {
    if (each !== undefined) committed.set(`${each.topic}-${each.partition}`, each);
  }
  const isAssigned = new Set(assigned.map(({ topic, partition }) => `${topic}-${partition}`));
  const drafts: TaskDraft[] = [];
  for (const subTopology of layout.plan.subTopologies) {
    for (let partition = 0; partition < layout.taskCount(subTopology); partition++) {
      const sources = sourcesOf(layout.plan, subTopology)
        .map(source => ({ source, topic: layout.realName(source.topic), partition }))
        .filter(each => isAssigned.has(`${each.topic}-${partition}`))
        .map(each => ({ ...each, committed: committed.get(`${each.topic}-${partition}`) }));
      if (sources.length === 0) continue;
      const hasCommitted = sources.some(each => each.committed !== undefined);
      drafts.push({ subTopology, partition, sources, hasCommitted, cells: new TimeCells(cellsOf(sources)) });
    }
  }
  return drafts;
}

function sourcesOf(plan: TopologyPlan, subTopology: SubTopologyPlan): SourcePlan[] {
  return plan.nodes.filter(node => node.kind === 'source').filter(node => node.subTopology === subTopology.id);
}

function cellsOf(sources: readonly DraftSource[]): ReadonlyMap<string, number> {
  const cells = new Map<string, number>();
  for (const { committed } of sources) {
    for (const [name, value] of decodeCommitMetadata(committed?.metadata ?? '')?.cells ?? []) cells.set(name, value);
  }
  return cells;
}
