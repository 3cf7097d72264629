// One member of a consumer group, classic protocol: join, sync, heartbeat, leave. It knows nothing of offsets or fetching: the consumer
// asks it to join when `needsJoin` says so, and is woken by `changed` when heartbeats bring news.
//
//   outside -> joining -> stable -> (rebalance: still a member, must join again) -> joining ...
//   stable -> lost (the coordinator does not know the member or its generation any more) -> joining under a new id

import { type ProtocolError, WorldFault } from '../base/errors.js';
import { type KafkaErrorName, kafkaErrorName } from '../base/kafka-errors.js';
import type { Timer } from '../ports/clock.js';
import type { Ports } from '../ports/ports.js';
import { joinGroup } from '../protocol/11-join-group.js';
import { heartbeat } from '../protocol/12-heartbeat.js';
import { leaveGroup } from '../protocol/13-leave-group.js';
import { syncGroup } from '../protocol/14-sync-group.js';
import type { ResponseOf } from '../protocol/api.js';
import {
  decodeAssignment,
  decodeSubscription,
  encodeAssignment,
  encodeSubscription,
} from './assignors/consumer-protocol.js';
import type { Assignment, Assignor } from './assignors/range-assignor.js';
import type { GroupLane } from './group-lane.js';
import type { MemberFacts } from './group-offsets.js';
import { isTransient, refusal } from './refusal.js';
import { backoffMs } from './retry.js';
import type { TopicPartition } from './topic.js';

export interface MembershipSettings {
  readonly sessionTimeoutMs: number;
  readonly heartbeatIntervalMs: number;
  readonly maxPollIntervalMs: number;
  readonly groupInstanceId: string | null;
}

type MembershipState = 'outside' | 'joining' | 'stable' | 'lost';

/** What the coordinator says when it does not know the member or generation: join again as somebody new. */
const meansLost: ReadonlySet<KafkaErrorName> = new Set<KafkaErrorName>(['UNKNOWN_MEMBER_ID', 'ILLEGAL_GENERATION']);

export class GroupMembership {
  state: MembershipState = 'outside';
  /** True for the member that shares out the partitions. */
  isLeader = false;
  readonly #ports: Ports;
  readonly #settings: MembershipSettings;
  readonly #assignor: Assignor;
  readonly #joinLane: GroupLane;
  readonly #lane: GroupLane;
  readonly #changed: () => void;
  readonly #partitionCounts: (topics: readonly string[]) => Promise<ReadonlyMap<string, number>>;
  #memberId = '';
  #generationId = -1;
  #mustRejoin = false;
  #failure: Error | undefined;
  #timer: Timer | undefined;
  #lastPollMs = 0;

  constructor(
    ports: Ports,
    settings: MembershipSettings,
    way: {
      assignor: Assignor;
      /** For JoinGroup and SyncGroup, which the coordinator holds back. */
      joinLane: GroupLane;
      /** For heartbeats and leaving. */
      lane: GroupLane;
      changed: () => void;
      partitionCounts: (topics: readonly string[]) => Promise<ReadonlyMap<string, number>>;
    },
  ) {
    this.#ports = ports;
    this.#settings = settings;
    this.#assignor = way.assignor;
    this.#joinLane = way.joinLane;
    this.#lane = way.lane;
    this.#changed = way.changed;
    this.#partitionCounts = way.partitionCounts;
  }

  get facts(): MemberFacts {
    const { groupInstanceId } = this.#settings;
    return { memberId: this.#memberId, generationId: this.#generationId, groupInstanceId };
  }

  get needsJoin(): boolean {
    return this.state === 'outside' || this.state === 'lost' || (this.state === 'stable' && this.#mustRejoin);
  }

  /** The application is alive. Throws when the member was fenced or refused. */
  polled(): void {
    this.#lastPollMs = this.#ports.clock.monotonic();
    if (this.#failure !== undefined) throw this.#failure;
  }

  /** The subscription, or what it finds, is another one. */
  rejoin(): void {
    this.#mustRejoin = true;
  }

  /** A commit was told that the member is not known any more. */
  noteLost(): void {
    if (this.state === 'stable') this.#lose();
  }

  /** Joins and waits for the assignment, however many rounds that takes. */
  async join(topics: readonly string[], owned: readonly TopicPartition[]): Promise<readonly TopicPartition[]> {
    if (this.state === 'lost') this.#forgetIdentity();
    this.#stopHeartbeats();
    this.state = 'joining';
    try {
      for (let attempt = 0; ; attempt++) {
        this.#mustRejoin = false;
        const assignment = await this.#joinOnce(topics, owned);
        if (assignment !== undefined) {
          this.state = 'stable';
          this.#scheduleHeartbeat();
          return assignment;
        }
        if (attempt > 0) await this.#ports.clock.sleep(backoffMs(attempt, this.#ports));
      }
    } catch (error) {
      this.state = 'outside';
      throw error;
    }
  }

  /** A static member does not say that it goes: it is expected back. */
  async leave(reason: string, stateAfter: 'outside' | 'lost' = 'outside'): Promise<void> {
    this.#stopHeartbeats();
    const { groupInstanceId } = this.#settings;
    const memberId = this.#memberId;
    const isKnown = memberId !== '' && this.state !== 'lost';
    this.state = stateAfter;
    this.#forgetIdentity();
    if (!isKnown || groupInstanceId !== null) return;
    const members = [{ memberId, reason }];
    const request = leaveGroup.request({ groupId: this.#lane.groupId, members });
    try {
      await this.#lane.send(leaveGroup, request, ({ errorCode }) => [errorCode], { timeoutMs: 1_000 });
    } catch (error) {
      if (!(error instanceof WorldFault)) throw error;
      // The coordinator cannot be reached: the session ends by itself.
    }
  }

  stop(): void {
    this.#stopHeartbeats();
    this.state = 'outside';
  }

  /** undefined: another round is needed. */
  async #joinOnce(
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
      protocols: [{ name: this.#assignor.name, metadata: encodeSubscription({ topics, owned }) }],
    });
    const answer = await this.#joinLane.send(joinGroup, request, ({ errorCode }) => [errorCode]);
    if (kafkaErrorName(answer.errorCode) === 'MEMBER_ID_REQUIRED' && answer.errorCode !== 0) {
      this.#memberId = answer.memberId;
      return undefined;
    }
    if (this.#isAnotherRound(answer.errorCode, 'joining')) return undefined;
    this.#memberId = answer.memberId;
    this.#generationId = answer.generationId;
    this.isLeader = answer.leader === answer.memberId;
    return this.#sync(answer);
  }

  async #sync(joined: ResponseOf<typeof joinGroup>): Promise<readonly TopicPartition[] | undefined> {
    const isSharingOut = this.isLeader && !joined.skipAssignment;
    const assignment = isSharingOut ? await this.#assign(joined) : new Map<string, readonly TopicPartition[]>();
    const request = syncGroup.request({
      groupId: this.#joinLane.groupId,
      generationId: this.#generationId,
      memberId: this.#memberId,
      groupInstanceId: this.#settings.groupInstanceId,
      protocolType: 'consumer',
      protocolName: joined.protocolName,
      assignments: [...assignment].map(([memberId, partitions]) => ({
        memberId,
        assignment: encodeAssignment(partitions),
      })),
    });
    const answer = await this.#joinLane.send(syncGroup, request, ({ errorCode }) => [errorCode]);
    if (this.#isAnotherRound(answer.errorCode, 'synchronizing with')) return undefined;
    return decodeAssignment(answer.assignment);
  }

  async #assign(joined: ResponseOf<typeof joinGroup>): Promise<Assignment> {
    const members = joined.members.map(({ memberId, groupInstanceId, metadata }) => ({
      memberId,
      groupInstanceId,
      topics: decodeSubscription(metadata).topics,
    }));
    const topics = [...new Set(members.flatMap(member => member.topics))];
    return this.#assignor.assign(members, await this.#partitionCounts(topics));
  }

  #isAnotherRound(code: number, what: string): boolean {
    if (code === 0) return false;
    const name = kafkaErrorName(code);
    if (meansLost.has(name)) this.#forgetIdentity();
    else if (name !== 'REBALANCE_IN_PROGRESS') throw this.#refused(code, what);
    return true;
  }

  #scheduleHeartbeat(): void {
    const { heartbeatIntervalMs } = this.#settings;
    this.#timer = this.#ports.clock.setTimer(heartbeatIntervalMs, () => void this.#beat(), { isBackground: true });
  }

  #stopHeartbeats(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
  }

  async #beat(): Promise<void> {
    const timer = this.#timer;
    try {
      if (this.#ports.clock.monotonic() - this.#lastPollMs > this.#settings.maxPollIntervalMs) {
        // Whoever does not poll does not work: let another member have the partitions.
        const leaving = this.leave('did not poll within maxPollIntervalMs', 'lost');
        this.#changed();
        await leaving;
        return;
      }
      await this.#heartbeat();
    } catch (error) {
      if (timer !== this.#timer) return;
      if (!isTransient(error)) this.#fail(error);
    }
    if (timer === this.#timer && this.state === 'stable') this.#scheduleHeartbeat();
  }

  async #heartbeat(): Promise<void> {
    const timer = this.#timer;
    const { memberId, generationId, groupInstanceId } = this.facts;
    const request = heartbeat.request({ groupId: this.#lane.groupId, generationId, memberId, groupInstanceId });
    const { errorCode } = await this.#lane.send(heartbeat, request, answer => [answer.errorCode], {
      timeoutMs: this.#settings.sessionTimeoutMs,
    });
    if (errorCode === 0 || timer !== this.#timer) return; // else it is news of a generation before
    const name = kafkaErrorName(errorCode);
    if (name === 'REBALANCE_IN_PROGRESS') {
      this.#mustRejoin = true;
      this.#changed();
    } else if (meansLost.has(name)) this.#lose();
    else throw this.#refused(errorCode, 'sending a heartbeat to');
  }

  #lose(): void {
    this.#stopHeartbeats();
    this.state = 'lost';
    this.#changed();
  }

  #fail(error: unknown): void {
    this.#stopHeartbeats();
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
