// A consumer's part in its group: joins when it must, tells the listener, and keeps the assignment up to date. It moves only when the
// consumer polls, so that partitions never change hands while the application works on what a poll returned.

import type { Ports } from '../ports/ports.js';
import type { Assignment } from './assignment.js';
import { rangeAssignor } from './assignors/range-assignor.js';
import type { ClusterView } from './cluster-view.js';
import type { RebalanceListener } from './consumer-options.js';
import type { ConsumerSettings } from './consumer-settings.js';
import type { GroupLane } from './group-lane.js';
import { GroupMembership } from './group-membership.js';
import type { MemberFacts } from './group-offsets.js';
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

type JoinResult = { readonly partitions: readonly TopicPartition[] } | { readonly error: unknown };

export class GroupSession {
  readonly #ports: Ports;
  readonly #way: GroupWay;
  readonly #membership: GroupMembership;
  readonly #sharedCounts = new Map<string, number>();
  #topics: readonly string[] = [];
  #listener: RebalanceListener = {};
  #isJoining = false;
  #joined: JoinResult | undefined;
  #partitionCheckMs = 0;

  constructor(ports: Ports, settings: ConsumerSettings, way: GroupWay) {
    this.#ports = ports;
    this.#way = way;
    this.#membership = new GroupMembership(ports, settings, {
      assignor: rangeAssignor,
      joinLane: way.joinLane,
      lane: way.lane,
      changed: way.wake,
      partitionCounts: topics => this.#countPartitions(topics),
    });
  }

  get facts(): MemberFacts {
    return this.#membership.facts;
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

  noteLost(): void {
    this.#membership.noteLost();
  }

  /** One step of what there is to do; the waiting is done by the poll. Throws what keeps the consumer out of its group. */
  async advance(): Promise<void> {
    this.#membership.polled();
    if (this.#joined !== undefined) await this.#take(this.#joined);
    if (this.#membership.isLeader) this.#checkPartitions();
    if (this.#membership.needsJoin && !this.#isJoining) {
      await this.#giveUp();
      this.#join();
    }
  }

  async leave(): Promise<void> {
    await this.#giveUp();
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
    for (const topic of new Set(joined.partitions.map(({ topic }) => topic))) await this.#way.cluster.require(topic);
    this.#way.assignment.replace(joined.partitions, 'committed');
    this.#way.reassigned();
    await this.#listener.onAssigned?.(joined.partitions);
  }

  async #giveUp(): Promise<void> {
    const { partitions } = this.#way.assignment;
    const isLost = this.#membership.state === 'lost';
    if (partitions.length > 0) {
      if (!isLost) await this.#way.revoking();
      if (isLost && this.#listener.onLost !== undefined) await this.#listener.onLost(partitions);
      else await this.#listener.onRevoked?.(partitions);
    }
    this.#way.assignment.replace([], 'committed');
    this.#way.reassigned();
  }

  async #countPartitions(topics: readonly string[]): Promise<ReadonlyMap<string, number>> {
    const views = await this.#way.cluster.refresh(topics);
    this.#sharedCounts.clear();
    for (const { name, partitions } of views) this.#sharedCounts.set(name, partitions.length);
    this.#partitionCheckMs = this.#ports.clock.monotonic() + partitionCheckIntervalMs;
    return new Map(this.#sharedCounts);
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
