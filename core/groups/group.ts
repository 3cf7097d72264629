// One classic consumer group. What its last group-metadata record holds is durable: generation, protocol, leader, members with their
// assignments. The rest (who waits for what, deadlines, state between two generations) is volatile. A group that a machine holds is
// never changed: a command works on a copy, which takes its place when the decision is accepted.

import { type GroupState, transition } from './group-state.js';
import type { GroupMetadataRecord } from './groups-record.js';

export interface GroupMember {
  memberId: string;
  readonly groupInstanceId: string | null;
  readonly clientId: string;
  readonly clientHost: string;
  rebalanceTimeoutMs: number;
  sessionTimeoutMs: number;
  protocols: readonly { readonly name: string; readonly metadata: Uint8Array }[];
  assignment: Uint8Array;
  /** Infinity while a request of the member is parked: who waits for us is alive. */
  sessionDeadlineMs: number;
  /** The parked JoinGroup. */
  joinRequestId: number | undefined;
  /** The parked SyncGroup. */
  syncRequestId: number | undefined;
  /** Has not been in any generation. */
  isNew: boolean;
}

const noBytes = new Uint8Array(0);

export class Group {
  readonly groupId: string;
  protocolType = '';
  generation = 0;
  protocol: string | null = null;
  /** Invariant: null, or a key of `members`. */
  leader: string | null = null;
  stateTimestamp = -1;
  state: GroupState = { kind: 'Empty' };
  /** In the order in which they joined. */
  members = new Map<string, GroupMember>();
  /** Ids given out with MEMBER_ID_REQUIRED, and until when they may be used. */
  pendingMembers = new Map<string, number>();
  /** When the shell's timer for this group fires; Infinity: none is set. */
  timerAtMs = Number.POSITIVE_INFINITY;

  constructor(groupId: string) {
    this.groupId = groupId;
  }

  static fromRecord(record: GroupMetadataRecord): Group {
    const group = new Group(record.groupId);
    group.protocolType = record.protocolType;
    group.generation = record.generation;
    group.protocol = record.protocol;
    group.leader = record.leader;
    group.stateTimestamp = record.stateTimestamp;
    for (const { subscription, ...member } of record.members) {
      group.members.set(member.memberId, {
        ...member,
        protocols: [{ name: record.protocol ?? '', metadata: subscription }],
        sessionDeadlineMs: Number.POSITIVE_INFINITY,
        joinRequestId: undefined,
        syncRequestId: undefined,
        isNew: false,
      });
    }
    if (group.members.size > 0) {
      group.state = { kind: 'Stable', deadlineMs: Number.POSITIVE_INFINITY, pendingSync: new Set() };
    }
    return group;
  }

  toRecord(): GroupMetadataRecord {
    const { groupId, protocolType, generation, protocol, leader, stateTimestamp } = this;
    const members = [...this.members.values()].map(member => ({
      memberId: member.memberId,
      groupInstanceId: member.groupInstanceId,
      clientId: member.clientId,
      clientHost: member.clientHost,
      rebalanceTimeoutMs: member.rebalanceTimeoutMs,
      sessionTimeoutMs: member.sessionTimeoutMs,
      subscription: metadataOf(member, protocol),
      assignment: member.assignment,
    }));
    return { kind: 'group-metadata', groupId, protocolType, generation, protocol, leader, stateTimestamp, members };
  }

  copy(): Group {
    const copy = Object.assign(new Group(this.groupId), this);
    copy.members = new Map();
    for (const [memberId, member] of this.members) copy.members.set(memberId, { ...member });
    copy.pendingMembers = new Map(this.pendingMembers);
    return copy;
  }

  moveTo(state: GroupState, nowMs: number): void {
    if (state.kind !== this.state.kind) this.stateTimestamp = nowMs;
    this.state = transition(this.state, state);
  }

  memberOfInstance(groupInstanceId: string): GroupMember | undefined {
    for (const member of this.members.values()) if (member.groupInstanceId === groupInstanceId) return member;
    return undefined;
  }

  add(member: GroupMember, protocolType: string): void {
    if (this.members.size === 0) this.protocolType = protocolType;
    this.leader ??= member.memberId;
    this.members.set(member.memberId, member);
    this.pendingMembers.delete(member.memberId);
  }

  remove(memberId: string): void {
    this.members.delete(memberId);
    if (this.leader === memberId) this.leader = this.members.keys().next().value ?? null;
    if (this.state.kind === 'CompletingRebalance' || this.state.kind === 'Stable') this.syncReceived(memberId);
  }

  /** The member is not waited for any longer before the generation is complete. */
  syncReceived(memberId: string): void {
    const { state } = this;
    if (state.kind !== 'CompletingRebalance' && state.kind !== 'Stable') return;
    const pendingSync = new Set(state.pendingSync);
    pendingSync.delete(memberId);
    const deadlineMs = pendingSync.size === 0 ? Number.POSITIVE_INFINITY : state.deadlineMs;
    this.state = { ...state, pendingSync, deadlineMs };
  }

  get rebalanceTimeoutMs(): number {
    let longest = 0;
    for (const member of this.members.values()) longest = Math.max(longest, member.rebalanceTimeoutMs);
    return longest;
  }

  get haveAllJoined(): boolean {
    if (this.pendingMembers.size > 0) return false;
    for (const member of this.members.values()) if (member.joinRequestId === undefined) return false;
    return true;
  }

  /** When something happens by itself next; Infinity: nothing does. */
  get nextDeadlineMs(): number {
    const { state } = this;
    let next = state.kind === 'Empty' || state.kind === 'Dead' ? Number.POSITIVE_INFINITY : state.deadlineMs;
    for (const deadline of this.pendingMembers.values()) next = Math.min(next, deadline);
    for (const member of this.members.values()) next = Math.min(next, member.sessionDeadlineMs);
    return next;
  }
}

export function metadataOf(member: GroupMember, protocol: string | null): Uint8Array {
  return member.protocols.find(each => each.name === protocol)?.metadata ?? noBytes;
}
