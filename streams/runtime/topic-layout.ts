// Which topics an application reads and writes, under their real names, and how many partitions each has.

import { didYouMean, UsageError } from '../../core/index.js';
import { changelogTopicName, internalTopicName } from '../topology/internal-topics.js';
import { repartitionCounts } from '../topology/partition-counts.js';
import type { SubTopologyPlan, TopologyPlan } from '../topology/plan.js';

export class TopicLayout {
  readonly plan: TopologyPlan;
  readonly applicationId: string;
  readonly #existing: ReadonlyMap<string, number>;
  readonly #repartition: ReadonlyMap<string, number>;

  /**
   * `existing`: all topics of the log and their partition counts. Throws UsageError for a source topic that is missing, and for joined topics
   * that differ in their number of partitions.
   */
  constructor(plan: TopologyPlan, applicationId: string, existing: ReadonlyMap<string, number>) {
    this.plan = plan;
    this.applicationId = applicationId;
    this.#existing = existing;
    for (const node of plan.nodes) if (node.kind === 'source' && !node.isInternal) this.#require(node.topic);
    this.#repartition = repartitionCounts(plan, topic => existing.get(topic));
  }

  realName(topic: string): string {
    return this.#repartition.has(topic) ? internalTopicName(this.applicationId, topic) : topic;
  }

  changelogName(store: string): string {
    return changelogTopicName(this.applicationId, store);
  }

  /** Of a source topic named as in the plan. */
  partitionCount(topic: string): number {
    return this.#repartition.get(topic) ?? this.#existing.get(topic)!;
  }

  /** Tasks of a sub-topology: one per partition of its widest source. */
  taskCount(subTopology: SubTopologyPlan): number {
    return Math.max(...subTopology.sourceTopics.map(topic => this.partitionCount(topic)));
  }

  /** Of all sub-topologies. */
  get allTasksCount(): number {
    return this.plan.subTopologies.reduce((sum, each) => sum + this.taskCount(each), 0);
  }

  #require(topic: string): void {
    if (this.#existing.has(topic)) return;
    const names = [...this.#existing.keys()].filter(name => !name.startsWith('__'));
    throw new UsageError(
      `topology "${this.plan.name}" reads topic "${topic}", which does not exist${didYouMean(topic, names)}`,
    );
  }
}
