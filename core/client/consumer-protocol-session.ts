// A consumer's part in its group, consumer protocol (KIP-848): gives up what the coordinator takes from it, says so, and takes what it
// is given. The coordinator gives a partition to somebody else only when its owner said that it has let it go.

import type { Ports } from '../ports/ports.js';
import type { RebalanceListener } from './consumer-options.js';
import { groupBy } from './group-by.js';
import type { GroupMetadata } from './group-metadata.js';
import type { MemberFacts } from './group-offsets.js';
import type { GroupSession, GroupWay } from './group-session.js';
import { Handover, without } from './handover.js';
import { HeartbeatMembership, type HeartbeatSettings, type TopicIdPartitions } from './heartbeat-membership.js';
import type { TopicPartition } from './topic.js';

export class ConsumerProtocolSession implements GroupSession {
  readonly #way: GroupWay;
  readonly #membership: HeartbeatMembership;
  readonly #handover: Handover;
  #topics: readonly string[] = [];
  /** The target that was made so. */
  #reconciled: readonly TopicIdPartitions[] | undefined;

  constructor(ports: Ports, settings: HeartbeatSettings, way: GroupWay) {
    this.#way = way;
    this.#handover = new Handover(way);
    this.#membership = new HeartbeatMembership(ports, settings, { lane: way.lane, changed: way.wake });
  }

  get facts(): MemberFacts {
    return this.#membership.facts;
  }

  get metadata(): GroupMetadata {
    return this.#membership.metadata;
  }

  subscribe(topics: readonly string[], listener: RebalanceListener): void {
    this.#topics = topics;
    this.#handover.listener = listener;
    this.#membership.subscribe(topics);
  }

  alive(): void {
    this.#membership.polled();
  }

  /** Such groups are never in this process. */
  rests(): boolean {
    return false;
  }

  noteLost(told: MemberFacts): void {
    this.#membership.noteLost(told);
  }

  isRenewed(told: MemberFacts): Promise<boolean> {
    return this.#membership.isRenewed(told);
  }

  async advance(): Promise<void> {
    const membership = this.#membership;
    membership.polled();
    if (membership.state === 'fenced') await this.#handover.giveUp(this.#handover.owned, true);
    if (membership.state === 'fenced' || membership.state === 'outside') {
      // A topic that does not exist is told here: the coordinator would wait for it.
      for (const topic of this.#topics) await this.#way.cluster.require(topic);
      this.#reconciled = undefined;
      membership.join();
    }
    const { target } = membership;
    if (target !== undefined && target !== this.#reconciled) await this.#reconcile(target);
  }

  async leave(): Promise<void> {
    await this.#handover.giveUp(this.#handover.owned, false);
    await this.#membership.leave();
  }

  async #reconcile(target: readonly TopicIdPartitions[]): Promise<void> {
    const wanted = await this.#named(target);
    await this.#handover.giveUp(without(this.#handover.owned, wanted), false);
    if (this.#membership.target !== target) return; // fenced meanwhile, or told something newer
    await this.#handover.add(wanted);
    this.#reconciled = target;
    this.#membership.acknowledge(this.#withIds(this.#handover.owned));
  }

  async #named(target: readonly TopicIdPartitions[]): Promise<readonly TopicPartition[]> {
    const { cluster } = this.#way;
    if (target.some(({ topicId }) => cluster.nameOf(topicId) === undefined)) await cluster.refresh(this.#topics);
    return target.flatMap(({ topicId, partitions }) => {
      const topic = cluster.nameOf(topicId);
      // One that was deleted meanwhile: the coordinator will take it back.
      return topic === undefined ? [] : partitions.map(partition => ({ topic, partition }));
    });
  }

  #withIds(partitions: readonly TopicPartition[]): readonly TopicIdPartitions[] {
    return [...groupBy(partitions, ({ topic }) => topic)].map(([topic, group]) => ({
      topicId: this.#way.cluster.find(topic)!.topicId,
      partitions: group.map(({ partition }) => partition),
    }));
  }
}
