// One member of a consumer group, classic protocol: join, sync, heartbeat, leave. It knows nothing of offsets or fetching: the consumer
// asks it to join when `needsJoin` says so, and is woken by `changed` when heartbeats bring news.
//
//   outside -> joining -> stable -> (rebalance: still a member, must join again) -> joining ...
//   stable -> lost (the coordinator does not know the member or its generation any more) -> joining under a new id
//
// Whoever leaves while it joins says so too, under the id that is on its way: an id that nobody comes back with holds up the whole group for a session.

import { type ProtocolError, UsageError, WorldFault } from '../base/errors.js';
import { type KafkaErrorName, kafkaErrorName } from '../base/kafka-errors.js';
import type { Ports } from '../ports/ports.js';
import { joinGroup } from '../protocol/11-join-group.js';
import { heartbeat } from '../protocol/12-heartbeat.js';
import { leaveGroup } from '../protocol/13-leave-group.js';
import { syncGroup } from '../protocol/14-sync-group.js';
import type { ResponseOf } from '../protocol/api.js';
import type { GroupLane } from './group-lane.js';
import type { GroupMetadata } from './group-metadata.js';
import type { MemberFacts } from './group-offsets.js';
import { HeartbeatRhythm } from './heartbeat-rhythm.js';
import type { MemberAssignors } from './member-assignors.js';
import { isTransient, refusal } from './refusal.js';
import { backoffMs, type RetryOptions } from './retry.js';
import type { TopicPartition } from './topic.js';

export interface MembershipSettings {
  readonly sessionTimeoutMs: number;
  readonly heartbeatIntervalMs: number;
  readonly maxPollIntervalMs: number;
  readonly groupInstanceId: string | null;
}

type MembershipState = 'outside' | 'joining' | 'stable' | 'lost';

/** For the answer that brings the id of a member which leaves while it joins for the first time. Coordinators give it at once. */
const idWaitMs = 5_000;

/** What the coordinator says when it does not know the member, or has gone on without it. */
const meansLost: ReadonlySet<KafkaErrorName> = new Set<KafkaErrorName>(['UNKNOWN_MEMBER_ID', 'ILLEGAL_GENERATION']);

export class GroupMembership {
  state: MembershipState = 'outside';
  /** True for the member that shares out the partitions. */
  isLeader = false;
  readonly #ports: Ports;
  readonly #settings: MembershipSettings;
  readonly #assignors: MemberAssignors;
  readonly #joinLane: GroupLane;
  readonly #lane: GroupLane;
  readonly #changed: () => void;
  readonly #partitionCounts: (topics: readonly string[]) => Promise<ReadonlyMap<string, number>>;
  readonly #retry: RetryOptions;
  #memberId = '';
  #generationId = -1;
  #mustRejoin = false;
  #failure: Error | undefined;
  readonly #heartbeats: HeartbeatRhythm;
  #lastPollMs = 0;
  #unsubscribe: (() => void) | undefined;
  /** The join that is under way, or was the last. */
  #joining: { readonly stop: AbortController; readonly settled: Promise<void> } | undefined;

  constructor(
    ports: Ports,
    settings: MembershipSettings,
    way: {
      assignors: MemberAssignors;
      /** For JoinGroup and SyncGroup, which the coordinator holds back. */
      joinLane: GroupLane;
      /** For heartbeats and leaving. */
      lane: GroupLane;
      changed: () => void;
      partitionCounts: (topics: readonly string[]) => Promise<ReadonlyMap<string, number>>;
      /** For JoinGroup and SyncGroup. */
      retry: RetryOptions;
    },
  ) {
    this.#ports = ports;
    this.#settings = settings;
    this.#assignors = way.assignors;
    this.#joinLane = way.joinLane;
    this.#lane = way.lane;
    this.#changed = way.changed;
    this.#partitionCounts = way.partitionCounts;
    this.#retry = way.retry;
    this.#heartbeats = new HeartbeatRhythm(ports.clock, way.lane.news, {
      byTimer: () => void this.#beat(),
      byTick: () => this.#tick(),
    });
  }

  get facts(): MemberFacts {
    const { groupInstanceId } = this.#settings;
    return { memberId: this.#memberId, generationId: this.#generationId, groupInstanceId };
  }

  get metadata(): GroupMetadata {
    const { groupInstanceId } = this.#settings;
    const identity = { groupId: this.#lane.groupId, generationId: this.#generationId, memberId: this.#memberId };
    return groupInstanceId === null ? identity : { ...identity, groupInstanceId };
  }

  get needsJoin(): boolean {
    return this.state === 'outside' || this.state === 'lost' || (this.state === 'stable' && this.#mustRejoin);
  }

  /** The application is alive. Throws when the member was fenced or refused. */
  polled(): void {
    this.#lastPollMs = this.#ports.clock.monotonic();
    if (this.#failure !== undefined) throw this.#failure;
  }

  /** The application is alive and waits. False where its poll has to look: then this was not said. */
  rests(): boolean {
    if (this.#failure !== undefined || this.needsJoin) return false;
    this.polled();
    return true;
  }

  /** The subscription, or what it finds, is another one. */
  rejoin(): void {
    this.#mustRejoin = true;
  }

  /** A commit was told that the member or its generation is not known any more: perhaps one of before a rebalance. */
  noteLost(told: MemberFacts): void {
    const isCurrent = told.generationId === this.#generationId && told.memberId === this.#memberId;
    if (this.state === 'stable' && isCurrent) this.#lose();
  }

  /**
   * Joins and waits for the assignment, however many rounds that takes. undefined when the membership was lost on the way, and with
   * it what the member went on to own: it must be let go first.
   */
  join(topics: readonly string[], owned: readonly TopicPartition[]): Promise<readonly TopicPartition[] | undefined> {
    const stop = new AbortController();
    const joined = this.#joinUntil(stop.signal, topics, owned);
    const settled = joined.then(
      () => undefined,
      () => undefined,
    );
    this.#joining = { stop, settled };
    return joined;
  }

  async #joinUntil(
    left: AbortSignal,
    topics: readonly string[],
    owned: readonly TopicPartition[],
  ): Promise<readonly TopicPartition[] | undefined> {
    this.#heartbeats.stop();
    this.#unsubscribe ??= this.#lane.news?.subscribe(this.#lane.groupId, () => this.#beatSoon());
    this.state = 'joining';
    try {
      for (let attempt = 0; ; attempt++) {
        this.#mustRejoin = false;
        const assignment = await this.#joinOnce(left, topics, owned);
        left.throwIfAborted();
        if (assignment !== undefined) {
          this.state = 'stable';
          this.#scheduleHeartbeat();
          return assignment;
        }
        if (this.#generationId < 0 && owned.length > 0) {
          this.state = 'lost';
          return undefined;
        }
        if (attempt > 0) await this.#ports.clock.sleep(backoffMs(attempt, this.#ports), left);
      }
    } catch (error) {
      this.state = 'outside';
      throw error;
    }
  }

  /** A static member does not say that it goes: it is expected back. */
  async leave(reason: string, stateAfter: 'outside' | 'lost' = 'outside'): Promise<void> {
    this.#heartbeats.stop();
    this.#stopListening();
    this.state = stateAfter;
    this.#joining?.stop.abort(new UsageError(reason));
    if (this.#memberId === '') await this.#joinSettled();
    const { groupInstanceId } = this.#settings;
    const memberId = this.#memberId;
    this.#forgetIdentity();
    // Also one that has lost its generation: the coordinator may know its id still.
    if (memberId === '' || groupInstanceId !== null) return;
    const members = [{ memberId, reason }];
    const request = leaveGroup.request({ groupId: this.#lane.groupId, members });
    try {
      await this.#lane.send(leaveGroup, request, ({ errorCode }) => [errorCode], { timeoutMs: 1_000 });
    } catch (error) {
      if (!(error instanceof WorldFault)) throw error;
      // The coordinator cannot be reached: the session ends by itself.
    }
  }

  /** The answer may bring an id. */
  async #joinSettled(): Promise<void> {
    if (this.#joining === undefined) return;
    const settled = new AbortController();
    const { clock } = this.#ports;
    await Promise.race([this.#joining.settled, clock.sleep(idWaitMs, settled.signal)]);
    settled.abort();
  }

  /** undefined: another round is needed. */
  async #joinOnce(
    left: AbortSignal,
    topics: readonly string[],
    owned: readonly TopicPartition[],
  ): Promise<readonly TopicPartition[] | undefined> {
    const { sessionTimeoutMs, maxPollIntervalMs: rebalanceTimeoutMs, groupInstanceId } = this.#settings;
    const request = joinGroup.request({
      groupId: this.#joinLane.groupId,
      sessionTimeoutMs,
      rebalanceTimeoutMs,
      memberId: this.#memberId,
      groupInstanceId,
      protocolType: 'consumer',
      protocols: this.#assignors.offers(topics, owned, this.#generationId),
    });
    const answer = await this.#joinLane.send(joinGroup, request, ({ errorCode }) => [errorCode], {
      ...this.#retry,
      signal: left,
    });
    if (kafkaErrorName(answer.errorCode) === 'MEMBER_ID_REQUIRED' && answer.errorCode !== 0) {
      const isNamed = this.#memberId !== '';
      this.#memberId = answer.memberId;
      // At once: the coordinator keeps the id for a session only, which may be shorter than a pause between two tries.
      return isNamed ? undefined : await this.#joinOnce(left, topics, owned);
    }
    if (this.#isAnotherRound(answer.errorCode, 'joining')) return undefined;
    this.#memberId = answer.memberId;
    this.#generationId = answer.generationId;
    this.isLeader = answer.leader === answer.memberId;
    return this.#sync(left, answer);
  }

  async #sync(left: AbortSignal, joined: ResponseOf<typeof joinGroup>): Promise<readonly TopicPartition[] | undefined> {
    left.throwIfAborted();
    const isSharingOut = this.isLeader && !joined.skipAssignment;
    const request = syncGroup.request({
      groupId: this.#joinLane.groupId,
      generationId: this.#generationId,
      memberId: this.#memberId,
      groupInstanceId: this.#settings.groupInstanceId,
      protocolType: 'consumer',
      protocolName: joined.protocolName,
      assignments: isSharingOut ? await this.#assignors.share(joined, this.#partitionCounts) : [],
    });
    const answer = await this.#joinLane.send(syncGroup, request, ({ errorCode }) => [errorCode], {
      ...this.#retry,
      signal: left,
    });
    if (this.#isAnotherRound(answer.errorCode, 'synchronizing with')) return undefined;
    return this.#assignors.take(joined.protocolName, answer.assignment, this.metadata);
  }

  #isAnotherRound(code: number, what: string): boolean {
    if (code === 0) return false;
    const name = kafkaErrorName(code);
    if (name === 'UNKNOWN_MEMBER_ID') this.#forgetIdentity();
    else if (name === 'ILLEGAL_GENERATION') this.#generationId = -1;
    else if (name !== 'REBALANCE_IN_PROGRESS') throw this.#refused(code, what);
    return true;
  }

  #scheduleHeartbeat(): void {
    this.#heartbeats.next(this.#settings.heartbeatIntervalMs);
  }

  #tick(): void {
    try {
      if (!this.#isOverdue() && this.#isTaken()) this.#scheduleHeartbeat();
      else void this.#beat();
    } catch (error) {
      this.#fail(error);
    }
  }

  /** What nearly all heartbeats are in the broker's own process: a call, without a promise. */
  #isTaken(): boolean {
    return this.state === 'stable' && this.#lane.news?.beat(this.#lane.groupId, this.facts) === true;
  }

  #isOverdue(): boolean {
    return this.#ports.clock.monotonic() - this.#lastPollMs > this.#settings.maxPollIntervalMs;
  }

  /** The group is said to rebalance: the coordinator tells what that means for this member. */
  #beatSoon(): void {
    if (this.state !== 'stable' || this.#mustRejoin) return;
    this.#heartbeats.stop();
    this.#heartbeats.next(0);
  }

  #stopListening(): void {
    this.#unsubscribe?.();
    this.#unsubscribe = undefined;
  }

  async #beat(): Promise<void> {
    const { beat } = this.#heartbeats;
    try {
      if (this.#isOverdue()) {
        // Whoever does not poll does not work: let another member have the partitions.
        const leaving = this.leave('did not poll within maxPollIntervalMs', 'lost');
        this.#changed();
        await leaving;
        return;
      }
      if (!this.#isTaken()) await this.#heartbeat();
    } catch (error) {
      if (beat !== this.#heartbeats.beat) return;
      if (!isTransient(error)) this.#fail(error);
    }
    if (beat === this.#heartbeats.beat && this.state === 'stable') this.#scheduleHeartbeat();
  }

  async #heartbeat(): Promise<void> {
    const { beat } = this.#heartbeats;
    const { memberId, generationId, groupInstanceId } = this.facts;
    const request = heartbeat.request({ groupId: this.#lane.groupId, generationId, memberId, groupInstanceId });
    const { errorCode } = await this.#lane.send(heartbeat, request, answer => [answer.errorCode], {
      timeoutMs: this.#settings.sessionTimeoutMs,
    });
    if (errorCode === 0 || beat !== this.#heartbeats.beat) return; // else it is news of a generation before
    const name = kafkaErrorName(errorCode);
    if (name === 'REBALANCE_IN_PROGRESS') {
      this.#mustRejoin = true;
      this.#changed();
    } else if (meansLost.has(name)) {
      if (name === 'UNKNOWN_MEMBER_ID') this.#forgetIdentity();
      this.#lose();
    } else throw this.#refused(errorCode, 'sending a heartbeat to');
  }

  #lose(): void {
    this.#heartbeats.stop();
    this.state = 'lost';
    this.#generationId = -1;
    this.#changed();
  }

  #fail(error: unknown): void {
    this.#heartbeats.stop();
    this.#failure = error instanceof Error ? error : new Error(String(error));
    this.#changed();
  }

  #forgetIdentity(): void {
    this.#memberId = '';
    this.#generationId = -1;
  }

  #refused(code: number, what: string): ProtocolError {
    return refusal(code, `${what} group "${this.#lane.groupId}"`);
  }
}
