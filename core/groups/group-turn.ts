import type { Group, GroupMember } from './group.js';
import type { JoinGroupReply, SyncGroupReply } from './groups-command.js';
import type { GroupsConfig } from './groups-config.js';
import type { GroupsEffect } from './groups-decision.js';
import type { GroupsRecord } from './groups-record.js';

/** The work of one command on a copy of one group: what it writes, whom it answers. */
export class GroupTurn {
  readonly group: Group;
  readonly nowMs: number;
  readonly config: GroupsConfig;
  readonly records: GroupsRecord[] = [];
  readonly effects: GroupsEffect[] = [];
  /** The answer to the command itself; undefined: it is parked. */
  reply: JoinGroupReply | SyncGroupReply | undefined;
  private readonly requestId: number | undefined;

  constructor(group: Group, config: GroupsConfig, nowMs: number, requestId?: number) {
    this.group = group.copy();
    this.config = config;
    this.nowMs = nowMs;
    this.requestId = requestId;
  }

  answerJoin(member: GroupMember, reply: JoinGroupReply): void {
    const { joinRequestId } = member;
    if (joinRequestId === undefined) return;
    member.joinRequestId = undefined;
    this.answer(joinRequestId, reply);
  }

  answerSync(member: GroupMember, reply: SyncGroupReply): void {
    const { syncRequestId } = member;
    if (syncRequestId === undefined) return;
    member.syncRequestId = undefined;
    this.answer(syncRequestId, reply);
  }

  restartSession(member: GroupMember): void {
    member.sessionDeadlineMs = this.nowMs + member.sessionTimeoutMs;
  }

  /** To be called last: sets the group's timer when something happens before it would fire. */
  armTimer(): void {
    const atMs = this.group.nextDeadlineMs;
    if (atMs >= this.group.timerAtMs) return;
    this.group.timerAtMs = atMs;
    this.effects.push({ kind: 'set-timer', groupId: this.group.groupId, atMs });
  }

  private answer(requestId: number, reply: JoinGroupReply | SyncGroupReply): void {
    if (requestId === this.requestId) this.reply = reply;
    else this.effects.push({ kind: 'answer', requestId, reply });
  }
}
