// A consumer's part in its group, classic protocol: joins when it must, gives up what the others are to have, takes what it is given.

import { UsageError } from '../base/errors.js';
import type { Ports } from '../ports/ports.js';
import { resolveAssignors } from './assignors/known-assignors.js';
import type { TopicView } from './cluster-view.js';
import type { RebalanceListener } from './consumer-options.js';
import type { ConsumerSettings } from './consumer-settings.js';
import type { GroupLane } from './group-lane.js';
import { GroupMembership } from './group-membership.js';
import type { GroupMetadata } from './group-metadata.js';
import type { MemberFacts } from './group-offsets.js';
import type { GroupSession, GroupWay } from './group-session.js';
import { Handover, without } from './handover.js';
import { MemberAssignors } from './member-assignors.js';
import type { TopicPartition } from './topic.js';

export interface ClassicWay extends GroupWay {
  /** For JoinGroup and SyncGroup, which the coordinator holds back. */
  readonly joinLane: GroupLane;
}

/** Without partitions: lost on the way. */
type JoinResult = { readonly partitions: readonly TopicPartition[] | undefined } | { readonly error: unknown };

export class ClassicSession implements GroupSession {
  readonly #ports: Ports;
  readonly #way: ClassicWay;
  readonly #membership: GroupMembership;
  readonly #handover: Handover;
  /** How often the leader looks for new partitions of the group's topics. */
  readonly #partitionCheckIntervalMs: number;
  readonly #isCooperative: boolean;
  readonly #sharedCounts = new Map<string, number>();
  #topics: readonly string[] = [];
  #isJoining = false;
  #joined: JoinResult | undefined;
  #partitionCheckMs = 0;
  /** Of a broker in this process, when the partitions were last counted. */
  #topicsVersion: number | undefined;

  constructor(ports: Ports, settings: ConsumerSettings, way: ClassicWay) {
    this.#ports = ports;
    this.#way = way;
    this.#handover = new Handover(way);
    this.#partitionCheckIntervalMs = settings.metadataMaxAgeMs;
    const assignors = new MemberAssignors(resolveAssignors(settings.assignors));
    this.#isCooperative = assignors.rebalanceProtocol === 'cooperative';
    this.#membership = new GroupMembership(ports, settings, {
      assignors,
      joinLane: way.joinLane,
      lane: way.lane,
      changed: way.wake,
      partitionCounts: topics => this.#countPartitions(topics),
      retry: way.trouble.bout,
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
    this.#handover.listener = listener;
    this.#membership.rejoin();
  }

  alive(): void {
    this.#membership.polled();
  }

  rests(): boolean {
    if (this.#joined !== undefined || this.#hasNewTopics()) return false;
    return this.#membership.rests();
  }

  noteLost(told: MemberFacts): void {
    this.#membership.noteLost(told);
  }

  /** A generation only ends in a rebalance, and with it the right to commit. */
  isRenewed(): Promise<boolean> {
    return Promise.resolve(false);
  }

  async advance(): Promise<void> {
    this.#membership.polled();
    if (this.#joined !== undefined) await this.#take(this.#joined);
    if (this.#membership.isLeader) this.#checkPartitions();
    if (this.#membership.needsJoin && !this.#isJoining) {
      const keeps = this.#isCooperative && this.#membership.state !== 'lost';
      await this.#giveUp(keeps ? this.#noLongerWanted() : this.#handover.owned);
      this.#join();
    }
  }

  async leave(): Promise<void> {
    try {
      await this.#giveUp(this.#handover.owned);
    } finally {
      // Whatever a listener throws: the others shall not wait for this member.
      await this.#membership.leave('the consumer was closed');
    }
  }

  #join(): void {
    this.#isJoining = true;
    void this.#membership
      .join(this.#topics, this.#handover.owned)
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
    // The membership is as it was: whoever knows it joins once more under its id.
    if ('error' in joined) return this.#way.trouble.passOver(joined.error);
    if (this.#membership.state !== 'stable') return; // lost again before anybody polled
    if (joined.partitions === undefined) return;
    const revoked = without(this.#handover.owned, joined.partitions);
    if (revoked.length > 0) {
      // Others get them in the rebalance that follows: who gives up something joins once more to say so.
      await this.#giveUp(revoked);
      this.#membership.rejoin();
    }
    await this.#handover.add(joined.partitions);
  }

  #giveUp(partitions: readonly TopicPartition[]): Promise<void> {
    return this.#handover.giveUp(partitions, this.#membership.state === 'lost');
  }

  /** What a cooperative member has of topics that it unsubscribed from. */
  #noLongerWanted(): readonly TopicPartition[] {
    return this.#handover.owned.filter(({ topic }) => !this.#topics.includes(topic));
  }

  async #countPartitions(topics: readonly string[]): Promise<ReadonlyMap<string, number>> {
    this.#topicsVersion = this.#way.lane.news?.topicsVersion;
    const views = await this.#existing(topics);
    this.#sharedCounts.clear();
    for (const { name, partitions } of views) this.#sharedCounts.set(name, partitions.length);
    this.#partitionCheckMs = this.#ports.clock.monotonic() + this.#partitionCheckIntervalMs;
    return new Map(this.#sharedCounts);
  }

  /** Another member may subscribe to what is not there yet; that is no reason for the others to wait. */
  async #existing(topics: readonly string[]): Promise<readonly TopicView[]> {
    try {
      return await this.#way.cluster.refresh(topics, this.#way.trouble.bout);
    } catch (error) {
      if (!(error instanceof UsageError) || topics.every(topic => this.#topics.includes(topic))) throw error;
      const own = await this.#way.cluster.refresh(this.#topics, this.#way.trouble.bout);
      const others = new Set(topics.filter(topic => !this.#topics.includes(topic)));
      return [...own, ...(await this.#way.cluster.all()).filter(({ name }) => others.has(name))];
    }
  }

  /** Whether a topic may have come, gone or changed, as far as that concerns this member. */
  #hasNewTopics(): boolean {
    const version = this.#way.lane.news?.topicsVersion;
    return this.#membership.isLeader && (version === undefined || version !== this.#topicsVersion);
  }

  /** New partitions of a topic are shared out in a rebalance that the leader begins. */
  #checkPartitions(): void {
    const nowMs = this.#ports.clock.monotonic();
    if (nowMs < this.#partitionCheckMs || this.#sharedCounts.size === 0) return;
    this.#partitionCheckMs = nowMs + this.#partitionCheckIntervalMs;
    if (!this.#hasNewTopics()) return;
    this.#topicsVersion = this.#way.lane.news?.topicsVersion;
    this.#way.cluster.refresh([...this.#sharedCounts.keys()]).then(
      views => {
        if (views.every(({ name, partitions }) => partitions.length === this.#sharedCounts.get(name))) return;
        this.#membership.rejoin();
        this.#way.wake();
      },
      () => {
        this.#topicsVersion = undefined; // a topic that is gone is told by the fetch
      },
    );
  }
}
