// Which topics an application reads and writes, under their real names, and how many partitions each has. Counts of repartition topics follow
// from those of what is written into them, as in Kafka Streams: an enforced count wins, then the count of the topics it is joined with, then the
// largest count among the sub-topologies that write it.

import { didYouMean, UsageError } from '../../core/index.js';
import { changelogTopicName, internalTopicName } from '../topology/internal-topics.js';
import type { RepartitionTopicPlan, SubTopologyPlan, TopologyPlan } from '../topology/plan.js';

export class TopicLayout {
  readonly plan: TopologyPlan;
  readonly applicationId: string;
  readonly #existing: ReadonlyMap<string, number>;
  readonly #internal: ReadonlyMap<string, RepartitionTopicPlan>;
  readonly #counts = new Map<string, number>();

  /** `existing`: all topics of the log and their partition counts. */
  constructor(plan: TopologyPlan, applicationId: string, existing: ReadonlyMap<string, number>) {
    this.plan = plan;
    this.applicationId = applicationId;
    this.#existing = existing;
    this.#internal = new Map(plan.repartitionTopics.map(topic => [topic.name, topic]));
    for (const topic of this.#internal.keys()) this.partitionCount(topic);
    this.#checkCopartition();
  }

  realName(topic: string): string {
    return this.#internal.has(topic) ? internalTopicName(this.applicationId, topic) : topic;
  }

  changelogName(store: string): string {
    return changelogTopicName(this.applicationId, store);
  }

  /** Of a topic named as in the plan. Throws UsageError for a source topic that does not exist. */
  partitionCount(topic: string): number {
    const known = this.#counts.get(topic);
    if (known !== undefined) return known;
    const internal = this.#internal.get(topic);
    const count = internal === undefined ? this.#externalCount(topic) : this.#repartitionCount(internal);
    this.#counts.set(topic, count);
    return count;
  }

  /** Tasks of a sub-topology: one per partition of its widest source. */
  taskCount(subTopology: SubTopologyPlan): number {
    return Math.max(...subTopology.sourceTopics.map(topic => this.partitionCount(topic)));
  }

  #externalCount(topic: string): number {
    const count = this.#existing.get(topic);
    if (count !== undefined) return count;
    const names = [...this.#existing.keys()].filter(name => !name.startsWith('__'));
    throw new UsageError(
      `topology "${this.plan.name}" reads topic "${topic}", which does not exist${didYouMean(topic, names)}`,
    );
  }

  #repartitionCount(topic: RepartitionTopicPlan): number {
    if (topic.partitions !== undefined) return topic.partitions;
    const group = this.plan.copartitionGroups.find(({ topics }) => topics.includes(topic.name));
    const fixed = group?.topics.find(name => this.#fixedCount(name) !== undefined);
    if (fixed !== undefined) return this.#fixedCount(fixed)!;
    const together = (group?.topics ?? [topic.name]).map(name => this.#internal.get(name)!);
    return Math.max(...together.flatMap(each => each.writtenBy.map(id => this.taskCount(this.#subTopology(id)))));
  }

  #fixedCount(topic: string): number | undefined {
    const internal = this.#internal.get(topic);
    return internal === undefined ? this.partitionCount(topic) : internal.partitions;
  }

  #subTopology(id: number): SubTopologyPlan {
    return this.plan.subTopologies.find(each => each.id === id)!;
  }

  #checkCopartition(): void {
    for (const { operator, topics } of this.plan.copartitionGroups) {
      const counts = topics.map(topic => ({ topic, count: this.partitionCount(topic) }));
      if (new Set(counts.map(each => each.count)).size <= 1) continue;
      const list = counts.map(({ topic, count }) => `${topic} has ${count}`).join(', ');
      throw new UsageError(
        `${operator} joins topics that must have the same number of partitions: ${list}. Create them alike, or re-key one side so that it is repartitioned`,
      );
    }
  }
}
