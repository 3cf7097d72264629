// A consumer's part in its group: joins when it must, tells the listener, and keeps the assignment up to date. It moves only when the
// consumer polls, so that partitions never change hands while the application works on what a poll returned.

import { UsageError } from '../base/errors.js';
import type { Ports } from '../ports/ports.js';
import type { Assignment } from './assignment.js';
import { resolveAssignors } from './assignors/known-assignors.js';
import type { ClusterView, TopicView } from './cluster-view.js';
import type { RebalanceListener } from './consumer-options.js';
import type { ConsumerSettings } from './consumer-settings.js';
import type { GroupLane } from './group-lane.js';
import { GroupMembership } from './group-membership.js';
import type { GroupMetadata } from './group-metadata.js';
import type { MemberFacts } from './group-offsets.js';
import { MemberAssignors } from './member-assignors.js';
import type { TopicPartition } from './topic.js';

export interface GroupWay {
  readonly cluster: ClusterView;
  readonly lane: GroupLane;
  readonly joinLane: GroupLane;
  readonly assignment: Assignment;
  readonly wake: () => void;
  /** Partitions are about to be given away: the last moment to commit. */
  readonly revoking: () => Promise<void>;
  /** What is being fetched belongs to an assignment of before. */
  readonly reassigned: () => void;
}

/** How often the leader looks for new partitions of the group's topics. */
const partitionCheckIntervalMs = 30_000;

/** Without partitions: lost on the way. */
type JoinResult = { readonly partitions: readonly TopicPartition[] | undefined } | { readonly error: unknown };

export class GroupSession {
  readonly #ports: Ports;
  readonly #way: GroupWay;
  readonly #membership: GroupMembership;
  readonly #isCooperative: boolean;
  readonly #sharedCounts = new Map<string, number>();
  #topics: readonly string[] = [];
  #listener: RebalanceListener = {};
  #isJoining = false;
  #joined: JoinResult | undefined;
  #partitionCheckMs = 0;

  constructor(ports: Ports, settings: ConsumerSettings, way: GroupWay) {
    this.#ports = ports;
    this.#way = way;
    const assignors = new MemberAssignors(resolveAssignors(settings.assignors));
    this.#isCooperative = assignors.rebalanceProtocol === 'cooperative';
    this.#membership = new GroupMembership(ports, settings, {
      assignors,
      joinLane: way.joinLane,
      lane: way.lane,
      changed: way.wake,
      partitionCounts: topics => this.#countPartitions(topics),
    });
  }

  get facts(): MemberFacts {
    return this.#membership.facts;
  }

  get metadata(): GroupMetadata {
    return this.#membership.metadata;
  }

  subscribe(topics: readonly string[], listener: RebalanceListener): void {
    this.#topics = topics;
    this.#listener = listener;
    this.#membership.rejoin();
  }

  /** The application works, though it does not poll at the moment. */
  alive(): void {
    this.#membership.polled();
  }

  noteLost(told: MemberFacts): void {
    this.#membership.noteLost(told);
  }

  /** One step of what there is to do; the waiting is done by the poll. Throws what keeps the consumer out of its group. */
  async advance(): Promise<void> {
    this.#membership.polled();
    if (this.#joined !== undefined) await this.#take(this.#joined);
    if (this.#membership.isLeader) this.#checkPartitions();
    if (this.#membership.needsJoin && !this.#isJoining) {
      const keeps = this.#isCooperative && this.#membership.state !== 'lost';
      await this.#giveUp(keeps ? this.#noLongerWanted() : this.#way.assignment.partitions);
      this.#join();
    }
  }

  async leave(): Promise<void> {
    await this.#giveUp(this.#way.assignment.partitions);
    await this.#membership.leave('the consumer was closed');
  }

  stop(): void {
    this.#membership.stop();
  }

  #join(): void {
    this.#isJoining = true;
    void this.#membership
      .join(this.#topics, this.#way.assignment.partitions)
      .then(
        partitions => {
          this.#joined = { partitions };
        },
        error => {
          this.#joined = { error };
        },
      )
      .then(this.#way.wake);
  }

  async #take(joined: JoinResult): Promise<void> {
    this.#joined = undefined;
    this.#isJoining = false;
    if ('error' in joined) throw joined.error;
    if (this.#membership.state !== 'stable') return; // lost again before anybody polled
    if (joined.partitions === undefined) return;
    for (const topic of new Set(joined.partitions.map(({ topic }) => topic))) await this.#way.cluster.require(topic);
    const revoked = without(this.#way.assignment.partitions, joined.partitions);
    const added = without(joined.partitions, this.#way.assignment.partitions);
    if (revoked.length > 0) {
      // Others get them in the rebalance that follows: who gives up something joins once more to say so.
      await this.#giveUp(revoked);
      this.#membership.rejoin();
    }
    if (added.length > 0) {
      this.#way.assignment.replace(joined.partitions, 'committed');
      this.#way.reassigned();
    }
    await this.#listener.onAssigned?.(added);
  }

  async #giveUp(partitions: readonly TopicPartition[]): Promise<void> {
    if (partitions.length === 0) return;
    const { assignment, revoking, reassigned } = this.#way;
    const isLost = this.#membership.state === 'lost';
    if (!isLost) await revoking();
    if (isLost && this.#listener.onLost !== undefined) await this.#listener.onLost(partitions);
    else await this.#listener.onRevoked?.(partitions);
    assignment.replace(without(assignment.partitions, partitions), 'committed');
    reassigned();
  }

  /** What a cooperative member has of topics that it unsubscribed from. */
  #noLongerWanted(): readonly TopicPartition[] {
    return this.#way.assignment.partitions.filter(({ topic }) => !this.#topics.includes(topic));
  }

  async #countPartitions(topics: readonly string[]): Promise<ReadonlyMap<string, number>> {
    const views = await this.#existing(topics);
    this.#sharedCounts.clear();
    for (const { name, partitions } of views) this.#sharedCounts.set(name, partitions.length);
    this.#partitionCheckMs = this.#ports.clock.monotonic() + partitionCheckIntervalMs;
    return new Map(this.#sharedCounts);
  }

  /** Another member may subscribe to what is not there yet; that is no reason for the others to wait. */
  async #existing(topics: readonly string[]): Promise<readonly TopicView[]> {
    try {
      return await this.#way.cluster.refresh(topics);
    } catch (error) {
      if (!(error instanceof UsageError) || topics.every(topic => this.#topics.includes(topic))) throw error;
      const own = await this.#way.cluster.refresh(this.#topics);
      const others = new Set(topics.filter(topic => !this.#topics.includes(topic)));
      return [...own, ...(await this.#way.cluster.all()).filter(({ name }) => others.has(name))];
    }
  }

  /** New partitions of a topic are shared out in a rebalance that the leader begins. */
  #checkPartitions(): void {
    const nowMs = this.#ports.clock.monotonic();
    if (nowMs < this.#partitionCheckMs || this.#sharedCounts.size === 0) return;
    this.#partitionCheckMs = nowMs + partitionCheckIntervalMs;
    this.#way.cluster.refresh([...this.#sharedCounts.keys()]).then(
      views => {
        if (views.every(({ name, partitions }) => partitions.length === this.#sharedCounts.get(name))) return;
        this.#membership.rejoin();
        this.#way.wake();
      },
      () => undefined, // a topic that is gone is told by the fetch
    );
  }
}

function without(all: readonly TopicPartition[], some: readonly TopicPartition[]): readonly TopicPartition[] {
  const names = new Set(some.map(({ topic, partition }) => `${topic}-${partition}`));
  return all.filter(({ topic, partition }) => !names.has(`${topic}-${partition}`));
}
