// All consumer groups of one `__consumer_offsets` partition, after Kafka's classic protocol: generations, members dynamic and static,
// committed offsets. groups-decision.ts says how a shell drives it.
// It knows no topics but by name, no connections, and no clock: time comes in with the command.

import { unreachable } from '../base/assert.js';
import type { KafkaErrorName } from '../base/kafka-errors.js';
import { advanceTime } from './advance-time.js';
import { checkGeneration } from './check-member.js';
import {
  commitOffsets,
  commitTransactionalOffsets,
  refuseCommit,
  refusedCommit,
  refuseTransactionalCommit,
} from './commit-offsets.js';
import { CommittedOffsets } from './committed-offsets.js';
import { deleteOffsets } from './delete-offsets.js';
import { describeGroup, listGroups } from './describe-groups.js';
import { errorCode } from './error-code.js';
import { expiredOffsets } from './expire-offsets.js';
import { fetchOffsets } from './fetch-offsets.js';
import { Group } from './group.js';
import { GroupTurn } from './group-turn.js';
import type {
  CommitOffsetsCommand,
  CommitTransactionalOffsetsCommand,
  DeleteGroupsCommand,
  GroupsCommand,
  GroupsReplies,
  HeartbeatCommand,
  JoinGroupCommand,
  LeaveGroupCommand,
  SyncGroupCommand,
} from './groups-command.js';
import { defaultGroupsConfig, type GroupsConfig } from './groups-config.js';
import type { GroupsDecision, GroupsEvent } from './groups-decision.js';
import type { GroupsRecord, OffsetCommitRecord, OffsetTombstone, TransactionEndedRecord } from './groups-record.js';
import { joinGroup, refusedJoin } from './join-group.js';
import { leaveGroup } from './leave-group.js';
import { PendingOffsets } from './pending-offsets.js';
import { reopenGroup } from './reopen-group.js';
import { refusedSync, syncGroup } from './sync-group.js';

type Decision = GroupsDecision;

const nothing: Decision = { records: [], reply: undefined, effects: [], events: [] };

export class GroupsMachine {
  private readonly config: GroupsConfig;
  private readonly groups = new Map<string, Group>();
  private readonly offsets = new CommittedOffsets();
  private readonly pending = new PendingOffsets();
  /** Of the last record. */
  private position = 0;

  constructor(config: Partial<GroupsConfig> = {}) {
    this.config = { ...defaultGroupsConfig, ...config };
  }

  /** Changes nothing. */
  decide<C extends GroupsCommand>(command: C, nowMs: number): GroupsDecision<C['kind']> {
    return this.decideAny(command, nowMs);
  }

  /** Takes a decision over, as soon as its records are appended. */
  accept(decision: Decision): void {
    for (const record of decision.records) this.apply(record);
    for (const event of decision.events) this.observe(event);
  }

  /** One record of the log. */
  apply(record: GroupsRecord): void {
    switch (record.kind) {
      case 'group-metadata':
        this.groups.set(record.groupId, Group.fromRecord(record));
        return;
      case 'group-tombstone':
        this.groups.delete(record.groupId);
        return;
      case 'offset-commit':
        this.applyCommit(record);
        return;
      case 'offset-tombstone':
        this.offsets.delete(record);
        this.pending.delete(record);
        return;
      case 'pending-offset':
        this.requireGroup(record.groupId);
        this.pending.add(record, ++this.position);
        return;
      case 'transaction-ended':
        this.endTransaction(record);
        return;
      default:
        unreachable(record);
    }
  }

  private applyCommit({ kind: _kind, ...committed }: OffsetCommitRecord): void {
    this.requireGroup(committed.groupId);
    this.offsets.set({ ...committed, position: ++this.position });
  }

  /** What was committed outside of the transaction, and later, stands. */
  private endTransaction({ producerId, commits }: TransactionEndedRecord): void {
    for (const pending of this.pending.end(producerId)) {
      const { groupId, topic, partition, position } = pending;
      const present = this.offsets.find(groupId, topic, partition);
      if (!commits || (present !== undefined && present.position > position)) continue;
      this.requireGroup(groupId);
      this.offsets.set(pending);
    }
  }

  private requireGroup(groupId: string): void {
    if (!this.groups.has(groupId)) this.groups.set(groupId, new Group(groupId));
  }

  private observe(event: GroupsEvent): void {
    if (event.kind === 'group-changed') {
      const { group } = event;
      if (group.state.kind === 'Dead') this.groups.delete(group.groupId);
      else this.groups.set(group.groupId, group);
      return;
    }
    const member = this.groups.get(event.groupId)?.members.get(event.memberId);
    const isParked = member?.sessionDeadlineMs === Number.POSITIVE_INFINITY;
    if (member !== undefined && !isParked) member.sessionDeadlineMs = event.nowMs + member.sessionTimeoutMs;
  }

  private decideAny(command: GroupsCommand, nowMs: number): Decision {
    switch (command.kind) {
      case 'join-group':
        return this.decideJoin(command, nowMs);
      case 'sync-group':
        return this.decideSync(command, nowMs);
      case 'heartbeat':
        return this.decideHeartbeat(command, nowMs);
      case 'leave-group':
        return this.decideLeave(command, nowMs);
      case 'commit-offsets':
        return this.decideCommit(command, nowMs);
      case 'commit-transactional-offsets':
        return this.decideTransactionalCommit(command, nowMs);
      case 'end-transaction':
        return { ...nothing, records: [{ ...command, kind: 'transaction-ended' }] };
      case 'fetch-offsets':
        return answered(fetchOffsets(this.offsets, this.pending, command));
      case 'describe-groups':
        return answered({ groups: command.groups.map(id => describeGroup(id, this.groups.get(id))) });
      case 'list-groups':
        return answered(listGroups(this.groups.values(), command));
      case 'delete-groups':
        return this.decideDeleteGroups(command);
      case 'delete-offsets':
        return { ...nothing, ...deleteOffsets(this.groups.get(command.groupId), this.offsets, command) };
      case 'forget-topics':
        return { ...nothing, records: this.forgottenRecords(new Set(command.topics)) };
      case 'expire-offsets':
        return { ...nothing, records: this.expiredRecords(nowMs) };
      case 'advance-time':
        return this.decideAdvanceTime(command.groupId, nowMs);
      case 'reopen':
        return this.decideReopen(command.expelMembers, nowMs);
      default:
        return unreachable(command);
    }
  }

  /** A timer has fired: until when there is nothing to do for the group after all, as heartbeats have come since it was set; undefined: there is. */
  movedDeadlineMs(groupId: string, nowMs: number): number | undefined {
    const group = this.groups.get(groupId);
    const atMs = group?.nextDeadlineMs ?? Number.POSITIVE_INFINITY;
    if (group === undefined || atMs <= nowMs || atMs === Number.POSITIVE_INFINITY) return undefined;
    group.timerAtMs = atMs;
    return atMs;
  }

  private decideJoin(command: JoinGroupCommand, nowMs: number): Decision {
    const { groupId, memberId, requestId, sessionTimeoutMs } = command;
    const { minSessionTimeoutMs, maxSessionTimeoutMs } = this.config;
    if (groupId === '') return answered(refusedJoin('INVALID_GROUP_ID', memberId));
    if (sessionTimeoutMs < minSessionTimeoutMs || sessionTimeoutMs > maxSessionTimeoutMs) {
      return answered(refusedJoin('INVALID_SESSION_TIMEOUT', memberId));
    }
    const known = this.groups.get(groupId);
    if (known === undefined && memberId !== '') return answered(refusedJoin('UNKNOWN_MEMBER_ID', memberId));
    const turn = new GroupTurn(known ?? new Group(groupId), this.config, nowMs, requestId);
    turn.reply = joinGroup(turn, command) ?? turn.reply;
    return this.closed(turn, turn.reply);
  }

  private decideSync(command: SyncGroupCommand, nowMs: number): Decision {
    const { groupId, requestId } = command;
    if (groupId === '') return answered(refusedSync('INVALID_GROUP_ID'));
    const group = this.groups.get(groupId);
    if (group === undefined) return answered(refusedSync('UNKNOWN_MEMBER_ID'));
    const turn = new GroupTurn(group, this.config, nowMs, requestId);
    turn.reply = syncGroup(turn, command) ?? turn.reply;
    return this.closed(turn, turn.reply);
  }

  private decideHeartbeat(command: HeartbeatCommand, nowMs: number): Decision {
    const { groupId, memberId } = command;
    const group = this.groups.get(groupId);
    const refusal = group === undefined ? 'UNKNOWN_MEMBER_ID' : checkGeneration(group, command);
    if (refusal !== undefined) return refused(refusal);
    const events: GroupsEvent[] = [{ kind: 'heartbeat-received', groupId, memberId, nowMs }];
    const isRebalancing = group?.state.kind === 'PreparingRebalance';
    return { ...refused(isRebalancing ? 'REBALANCE_IN_PROGRESS' : undefined), events };
  }

  private decideLeave(command: LeaveGroupCommand, nowMs: number): Decision {
    const group = this.groups.get(command.groupId);
    if (group === undefined) {
      const members = command.members.map(each => ({ ...each, errorCode: errorCode('UNKNOWN_MEMBER_ID') }));
      return answered({ errorCode: errorCode('UNKNOWN_MEMBER_ID'), members });
    }
    const turn = new GroupTurn(group, this.config, nowMs);
    return this.closed(turn, leaveGroup(turn, command));
  }

  private decideCommit(command: CommitOffsetsCommand, nowMs: number): Decision {
    const { groupId, memberId } = command;
    const refusal = refuseCommit(this.groups.get(groupId), command);
    if (refusal !== undefined) return answered(refusedCommit(command, refusal));
    const event = { kind: 'heartbeat-received', groupId, memberId, nowMs } as const;
    const events = memberId === '' ? [] : [event];
    return { ...nothing, ...commitOffsets(command, this.config, nowMs), events };
  }

  private decideTransactionalCommit(command: CommitTransactionalOffsetsCommand, nowMs: number): Decision {
    const refusal = refuseTransactionalCommit(this.groups.get(command.groupId), command);
    if (refusal !== undefined) return answered(refusedCommit(command, refusal));
    return { ...nothing, ...commitTransactionalOffsets(command, this.config, nowMs) };
  }

  private decideDeleteGroups({ groupsNames }: DeleteGroupsCommand): Decision {
    const records: GroupsRecord[] = [];
    const results = groupsNames.map(groupId => {
      const group = this.groups.get(groupId);
      if (group === undefined) return { groupId, errorCode: errorCode('GROUP_ID_NOT_FOUND') };
      if (group.state.kind !== 'Empty') return { groupId, errorCode: errorCode('NON_EMPTY_GROUP') };
      const offsets = [...this.offsets.ofGroup(groupId), ...this.pending.ofGroup(groupId)];
      records.push(...tombstones(offsets), { kind: 'group-tombstone', groupId });
      return { groupId, errorCode: 0 };
    });
    return { ...nothing, records, reply: { results } };
  }

  private forgottenRecords(topics: ReadonlySet<string>): GroupsRecord[] {
    return tombstones([...this.offsets.ofTopics(topics), ...this.pending.ofTopics(topics)]);
  }

  private expiredRecords(nowMs: number): GroupsRecord[] {
    const records: GroupsRecord[] = [];
    for (const group of this.groups.values()) {
      if (this.pending.hasGroup(group.groupId)) continue;
      const committed = [...this.offsets.ofGroup(group.groupId)];
      const expired = expiredOffsets(group, committed, { nowMs, retentionMs: this.config.offsetsRetentionMs });
      records.push(...tombstones(expired));
      const isUsed = group.state.kind !== 'Empty' || group.pendingMembers.size > 0;
      if (!isUsed && expired.length === committed.length) {
        records.push({ kind: 'group-tombstone', groupId: group.groupId });
      }
    }
    return records;
  }

  private decideAdvanceTime(groupId: string, nowMs: number): Decision {
    const group = this.groups.get(groupId);
    if (group === undefined) return nothing;
    const turn = new GroupTurn(group, this.config, nowMs);
    advanceTime(turn);
    return this.closed(turn, undefined);
  }

  private decideReopen(expelMembers: boolean, nowMs: number): Decision {
    const turns = [...this.groups.values()]
      .filter(group => group.members.size > 0)
      .map(group => {
        const turn = new GroupTurn(group, this.config, nowMs);
        reopenGroup(turn, expelMembers);
        return this.closed(turn, undefined);
      });
    return {
      records: turns.flatMap(turn => turn.records),
      reply: undefined,
      effects: turns.flatMap(turn => turn.effects),
      events: turns.flatMap(turn => turn.events),
    };
  }

  private closed(turn: GroupTurn, reply: Decision['reply']): Decision {
    const { group, records, effects } = turn;
    turn.armTimer();
    // A group that only ever gave out a member id leaves no trace.
    const isTraceless = group.generation === 0 && group.state.kind === 'Empty' && group.pendingMembers.size === 0;
    const hasOffsets = this.offsets.hasGroup(group.groupId) || this.pending.hasGroup(group.groupId);
    if (isTraceless && !hasOffsets) group.moveTo({ kind: 'Dead' }, turn.nowMs);
    return { records, reply, effects, events: [{ kind: 'group-changed', group }] };
  }
}

function answered(reply: GroupsReplies[keyof GroupsReplies]): Decision {
  return { ...nothing, reply };
}

function refused(error: KafkaErrorName | undefined): Decision {
  return answered({ errorCode: error === undefined ? 0 : errorCode(error) });
}

function tombstones(offsets: Iterable<{ groupId: string; topic: string; partition: number }>): OffsetTombstone[] {
  return [...offsets].map(({ groupId, topic, partition }) => ({ kind: 'offset-tombstone', groupId, topic, partition }));
}
