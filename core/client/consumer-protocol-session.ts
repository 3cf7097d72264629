// A consumer's part in its group, consumer protocol (KIP-848): gives up what the coordinator takes from it, says so, and takes what it
// is given. The coordinator gives a partition to somebody else only when its owner said that it has let it go.

import type { Clock } from '../ports/clock.js';
import type { Ports } from '../ports/ports.js';
import type { ClusterView } from './cluster-view.js';
import type { RebalanceListener } from './consumer-options.js';
import type { GroupMetadata } from './group-metadata.js';
import type { MemberFacts } from './group-offsets.js';
import type { GroupSession, GroupWay } from './group-session.js';
import { Handover, without } from './handover.js';
import { HeartbeatMembership, type HeartbeatSettings, type TopicIdPartitions } from './heartbeat-membership.js';
import type { RetryOptions } from './retry.js';
import type { TopicPartition } from './topic.js';

const lookAgainAfterMs = 500;

export class ConsumerProtocolSession implements GroupSession {
  readonly #clock: Clock;
  readonly #way: GroupWay;
  readonly #membership: HeartbeatMembership;
  readonly #handover: Handover;
  #topics: readonly string[] = [];
  /** The target that was made so, as far as the names of its topics are known. */
  #reconciled: readonly TopicIdPartitions[] | undefined;
  /** When to ask once more for names that no broker could tell. */
  #lookAgainMs = Number.POSITIVE_INFINITY;

  constructor(ports: Ports, settings: HeartbeatSettings, way: GroupWay) {
    this.#clock = ports.clock;
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
      if (!(await this.#ask((cluster, retry) => this.#requireTopics(cluster, retry)))) return;
      this.#reconciled = undefined;
      membership.join();
    }
    const { target } = membership;
    const isDone = target === this.#reconciled && this.#clock.monotonic() < this.#lookAgainMs;
    if (target !== undefined && !isDone) await this.#reconcile(target);
  }

  async leave(): Promise<void> {
    try {
      await this.#handover.giveUp(this.#handover.owned, false);
    } finally {
      // Whatever a listener throws: the others shall not wait for this member.
      await this.#membership.leave();
    }
  }

  async #reconcile(target: readonly TopicIdPartitions[]): Promise<void> {
    const { cluster, wake } = this.#way;
    if (target.some(({ topicId }) => cluster.nameOf(topicId) === undefined))
      await this.#ask((_, retry) => cluster.refresh(this.#topics, retry));
    const wanted = target.flatMap(each => this.#named(each));
    await this.#handover.giveUp(without(this.#handover.owned, wanted), false);
    if (this.#membership.target !== target) return; // fenced meanwhile, or told something newer
    await this.#handover.add(wanted);
    // One that was deleted meanwhile, which the coordinator will take back; or so new that not every broker has heard of it.
    const isNamed = target.every(({ topicId }) => cluster.nameOf(topicId) !== undefined);
    this.#lookAgainMs = isNamed ? Number.POSITIVE_INFINITY : this.#clock.monotonic() + lookAgainAfterMs;
    if (!isNamed) this.#clock.setTimer(lookAgainAfterMs + 1, wake, { isBackground: true });
    this.#reconciled = target;
    this.#membership.acknowledge(this.#ownedOf(target));
  }

  async #requireTopics(cluster: ClusterView, retry: RetryOptions): Promise<void> {
    for (const topic of this.#topics) await cluster.require(topic, retry);
  }

  /** False when there is no answer now: a poll asks again. */
  async #ask(work: (cluster: ClusterView, retry: RetryOptions) => Promise<unknown>): Promise<boolean> {
    const { cluster, trouble, wake } = this.#way;
    try {
      await work(cluster, trouble.bout);
      return true;
    } catch (error) {
      trouble.passOver(error);
      this.#clock.setTimer(lookAgainAfterMs, wake, { isBackground: true });
      return false;
    }
  }

  #named({ topicId, partitions }: TopicIdPartitions): readonly TopicPartition[] {
    const topic = this.#way.cluster.nameOf(topicId);
    return topic === undefined ? [] : partitions.map(partition => ({ topic, partition }));
  }

  #ownedOf(target: readonly TopicIdPartitions[]): readonly TopicIdPartitions[] {
    const { owned } = this.#handover;
    const isOwned = (topic: string | undefined, partition: number): boolean =>
      owned.some(each => each.topic === topic && each.partition === partition);
    return target
      .map(({ topicId, partitions }) => {
        const topic = this.#way.cluster.nameOf(topicId);
        return { topicId, partitions: partitions.filter(partition => isOwned(topic, partition)) };
      })
      .filter(({ partitions }) => partitions.length > 0);
  }
}
