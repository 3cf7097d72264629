import type {
  GroupsCommand,
  GroupsReplies,
  JoinGroupCommand,
  JoinGroupReply,
  SyncGroupCommand,
  SyncGroupReply,
} from '../../../core/groups/groups-command.js';
import type { GroupsConfig } from '../../../core/groups/groups-config.js';
import { GroupsMachine } from '../../../core/groups/groups-machine.js';
import type { GroupsRecord } from '../../../core/groups/groups-record.js';

type Given<C> = Partial<Omit<C, 'kind'>>;

/** Drives a groups machine as a broker does, on a clock that stands still until it is told to go on. Everything commits at once. */
export class GroupsShell {
  readonly log: GroupsRecord[] = [];
  /** Answers by request id; a request that is parked has none yet. */
  readonly answers = new Map<number, JoinGroupReply | SyncGroupReply>();
  machine: GroupsMachine;
  nowMs = 1_000_000;
  private readonly config: Partial<GroupsConfig>;
  private readonly timers = new Map<string, number>();
  private requestId = 0;

  constructor(config: Partial<GroupsConfig> = {}) {
    this.config = config;
    this.machine = new GroupsMachine(config);
  }

  send<C extends GroupsCommand>(command: C): GroupsReplies[C['kind']] | undefined {
    const decision = this.machine.decide(command, this.nowMs);
    this.log.push(...decision.records);
    this.machine.accept(decision);
    for (const effect of decision.effects) {
      if (effect.kind === 'set-timer') this.timers.set(effect.groupId, effect.atMs);
      else if (this.answers.has(effect.requestId)) throw new Error(`request ${effect.requestId} is answered twice`);
      else this.answers.set(effect.requestId, effect.reply);
    }
    return decision.reply;
  }

  /** The id of the request; its answer is in `answers` now or later. */
  join(given: Given<JoinGroupCommand> = {}): number {
    const requestId = ++this.requestId;
    const reply = this.send({
      kind: 'join-group',
      requestId,
      groupId: 'g',
      memberId: '',
      newMemberUuid: `uuid-${requestId}`,
      groupInstanceId: null,
      clientId: 'client',
      clientHost: '/127.0.0.1',
      sessionTimeoutMs: 10_000,
      rebalanceTimeoutMs: 30_000,
      protocolType: 'consumer',
      protocols: [{ name: 'range', metadata: subscription('flights') }],
      requiresKnownMemberId: false,
      canSkipAssignment: false,
      ...given,
    });
    if (reply !== undefined) this.answers.set(requestId, reply);
    return requestId;
  }

  sync(given: Given<SyncGroupCommand> & Pick<SyncGroupCommand, 'memberId' | 'generationId'>): number {
    const requestId = ++this.requestId;
    const nothing = { groupInstanceId: null, protocolType: null, protocolName: null, assignments: [] };
    const reply = this.send({ kind: 'sync-group', requestId, groupId: 'g', ...nothing, ...given });
    if (reply !== undefined) this.answers.set(requestId, reply);
    return requestId;
  }

  heartbeat(memberId: string, generationId: number, groupInstanceId: string | null = null): number {
    return this.send({ kind: 'heartbeat', groupId: 'g', memberId, generationId, groupInstanceId })!.errorCode;
  }

  commit(memberId: string, generationId: number, offset: number, topic = 'flights'): number {
    const partition = { partitionIndex: 0, committedOffset: offset, committedLeaderEpoch: 3, committedMetadata: 'm' };
    const reply = this.send({
      kind: 'commit-offsets',
      groupId: 'g',
      memberId,
      generationId,
      groupInstanceId: null,
      retentionTimeMs: -1,
      topics: [{ name: topic, partitions: [partition] }],
    });
    return reply!.topics[0]!.partitions[0]!.errorCode;
  }

  committed(topic = 'flights', groupId = 'g'): number {
    const topics = [{ name: topic, partitionIndexes: [0] }];
    return this.send({ kind: 'fetch-offsets', requireStable: false, groupId, topics })!.topics[0]!.partitions[0]!
      .committedOffset;
  }

  describe(groupId = 'g') {
    return this.send({ kind: 'describe-groups', groups: [groupId] })!.groups[0]!;
  }

  isParked(requestId: number): boolean {
    return !this.answers.has(requestId);
  }

  joined(requestId: number): JoinGroupReply {
    return this.answers.get(requestId) as JoinGroupReply;
  }

  synced(requestId: number): SyncGroupReply {
    return this.answers.get(requestId) as SyncGroupReply;
  }

  /** Lets time pass; timers fire when they are due. */
  advance(byMs: number): void {
    const endMs = this.nowMs + byMs;
    for (;;) {
      const [groupId, atMs] = [...this.timers].sort((a, b) => a[1] - b[1])[0] ?? ['', Number.POSITIVE_INFINITY];
      if (atMs > endMs) break;
      this.timers.delete(groupId);
      this.nowMs = Math.max(this.nowMs, atMs);
      this.send({ kind: 'advance-time', groupId });
    }
    this.nowMs = endMs;
  }

  /** What is left after the process died: a new machine with what the log holds. */
  restart(expelMembers: boolean): void {
    this.timers.clear();
    this.machine = new GroupsMachine(this.config);
    for (const record of this.log) this.machine.apply(record);
    this.send({ kind: 'reopen', expelMembers });
  }

  /** Several dynamic members, through their first generation. The first leads. */
  stableGroup(count: number): { memberIds: string[]; generationId: number } {
    const first = this.join();
    const joins = [first];
    for (let index = 1; index < count; index++) joins.push(this.join());
    const leader = this.joined(first).memberId;
    if (count > 1) joins[0] = this.join({ memberId: leader });
    const replies = joins.map(id => this.joined(id));
    const { generationId } = replies[0]!;
    const memberIds = replies.map(reply => reply.memberId);
    const assignments = memberIds.map((memberId, index) => ({ memberId, assignment: Uint8Array.of(index) }));
    for (const memberId of memberIds.slice(1)) this.sync({ memberId, generationId });
    this.sync({ memberId: memberIds[0]!, generationId, assignments });
    return { memberIds, generationId };
  }
}

/** A ConsumerProtocolSubscription of version 0, without user data. */
export function subscription(...topics: readonly string[]): Uint8Array {
  const bytes = [0, 0, 0, 0, 0, topics.length];
  for (const topic of topics) bytes.push(0, topic.length, ...Buffer.from(topic));
  return Uint8Array.from([...bytes, 0xff, 0xff, 0xff, 0xff]);
}
