// What of an application may be given to an instance by itself. All partitions of one number over the topics that a sub-topology reads are one
// task and stay together. With `time-ordered` sharing, sub-topologies whose order of time others depend on are one unit as a whole, with all
// their tasks: then least time first, which holds within an instance, holds over all of their partitions.

import type { TopicPartition } from '../../core/index.js';
import type { SubTopologyPlan, TopologyPlan } from '../topology/plan.js';
import type { TaskSharing } from './app-options.js';

/** Goes to one instance, whole. */
export interface AssignmentUnit {
  readonly partitions: readonly TopicPartition[];
  /** How many tasks it is. */
  readonly weight: number;
}

/** Units of one kind of work: instances get equal numbers of them, as far as that goes. */
export type UnitGroup = readonly AssignmentUnit[];

/** `realName` and `partitionCounts` speak of topics as the log has them. */
export function assignmentUnits(
  plan: TopologyPlan,
  sharing: TaskSharing,
  realName: (topic: string) => string,
  partitionCounts: ReadonlyMap<string, number>,
): readonly UnitGroup[] {
  const tasksOf = (subTopology: SubTopologyPlan): AssignmentUnit[] =>
    tasks(subTopology.sourceTopics.map(realName), partitionCounts);
  if (sharing === 'spread') return plan.subTopologies.map(tasksOf);
  const inOrder = plan.subTopologies.filter(each => needsOrder(plan, each)).flatMap(tasksOf);
  const free = plan.subTopologies.filter(each => !needsOrder(plan, each)).map(tasksOf);
  if (inOrder.length === 0) return free;
  return [[{ partitions: inOrder.flatMap(each => each.partitions), weight: inOrder.length }], ...free];
}

function tasks(topics: readonly string[], partitionCounts: ReadonlyMap<string, number>): AssignmentUnit[] {
  const count = Math.max(0, ...topics.map(topic => partitionCounts.get(topic) ?? 0));
  return Array.from({ length: count }, (_, partition) => ({
    partitions: topics
      .filter(topic => partition < (partitionCounts.get(topic) ?? 0))
      .map(topic => ({ topic, partition })),
    weight: 1,
  }));
}

/** It feeds a repartition topic, or takes from one together with something else. */
function needsOrder(plan: TopologyPlan, { id, sourceTopics }: SubTopologyPlan): boolean {
  if (plan.repartitionTopics.some(topic => topic.writtenBy.includes(id))) return true;
  return sourceTopics.length > 1 && plan.repartitionTopics.some(topic => topic.readBy === id);
}
