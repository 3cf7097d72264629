// JoinGroup. A dynamic member that comes without an id is given one first and comes back with it (KIP-394), so that a client that
// never sees the answer leaves nothing behind. A static member (KIP-345) takes over the place of its instance id, and fences
// whoever held it, without a rebalance if its protocols would not change the choice.

import type { KafkaErrorName } from '../base/kafka-errors.js';
import { checkMember } from './check-member.js';
import { errorCode } from './error-code.js';
import type { GroupMember } from './group.js';
import type { GroupTurn } from './group-turn.js';
import type { JoinGroupCommand, JoinGroupReply } from './groups-command.js';
import {
  chooseProtocol,
  completeJoinIfAllJoined,
  joinedReply,
  membersForLeader,
  prepareRebalance,
  rebalanceOrCompleteJoin,
  supportsAll,
} from './rebalance.js';

const noBytes = new Uint8Array(0);

/** The reply, or undefined when the member now waits for the others (or the turn has its reply already). */
export function joinGroup(turn: GroupTurn, command: JoinGroupCommand): JoinGroupReply | undefined {
  const { group } = turn;
  if (!hasRoom(turn, command.memberId)) return refusedJoin('GROUP_MAX_SIZE_REACHED');
  if (!supportsProtocols(turn, command)) return refusedJoin('INCONSISTENT_GROUP_PROTOCOL', command.memberId);
  if (command.memberId === '') return joinAsNew(turn, command);
  if (group.pendingMembers.has(command.memberId)) {
    if (command.groupInstanceId !== null) return refusedJoin('UNKNOWN_MEMBER_ID', command.memberId);
    addMember(turn, command, command.memberId);
    return undefined;
  }
  const refusal = checkMember(group, command);
  if (refusal !== undefined) return refusedJoin(refusal, command.memberId);
  return joinAgain(turn, command, group.members.get(command.memberId)!);
}

export function refusedJoin(error: KafkaErrorName, memberId = ''): JoinGroupReply {
  return {
    errorCode: errorCode(error),
    generationId: -1,
    protocolType: null,
    protocolName: null,
    leader: '',
    skipAssignment: false,
    memberId,
    members: [],
  };
}

function hasRoom({ group, config }: GroupTurn, memberId: string): boolean {
  switch (group.state.kind) {
    case 'Empty':
    case 'Dead':
      return true;
    case 'PreparingRebalance': {
      const joined = [...group.members.values()].filter(member => member.joinRequestId !== undefined);
      return group.members.get(memberId)?.joinRequestId !== undefined || joined.length < config.maxSize;
    }
    default:
      return group.members.has(memberId) || group.members.size < config.maxSize;
  }
}

function supportsProtocols({ group }: GroupTurn, { protocolType, protocols }: JoinGroupCommand): boolean {
  if (group.members.size === 0) return protocolType !== '' && protocols.length > 0;
  return protocolType === group.protocolType && protocols.some(each => supportsAll(group, each.name));
}

function joinAsNew(turn: GroupTurn, command: JoinGroupCommand): JoinGroupReply | undefined {
  const { group, nowMs } = turn;
  const memberId = `${command.groupInstanceId ?? command.clientId}-${command.newMemberUuid}`;
  if (command.groupInstanceId !== null) {
    const holder = group.memberOfInstance(command.groupInstanceId);
    if (holder !== undefined) return replaceStaticMember(turn, command, { holder, memberId });
  } else if (command.requiresKnownMemberId) {
    group.pendingMembers.set(memberId, nowMs + command.sessionTimeoutMs);
    return refusedJoin('MEMBER_ID_REQUIRED', memberId);
  }
  addMember(turn, command, memberId);
  return undefined;
}

function addMember(turn: GroupTurn, command: JoinGroupCommand, memberId: string): void {
  const { group, nowMs } = turn;
  const { groupInstanceId, clientId, clientHost, rebalanceTimeoutMs, sessionTimeoutMs, protocols } = command;
  const sessionDeadlineMs = nowMs + turn.config.newMemberJoinTimeoutMs;
  const about = { memberId, groupInstanceId, clientId, clientHost, rebalanceTimeoutMs, sessionTimeoutMs, protocols };
  const waiting = { sessionDeadlineMs, joinRequestId: command.requestId, syncRequestId: undefined, isNew: true };
  group.add({ ...about, ...waiting, assignment: noBytes }, command.protocolType);
  const { state } = group;
  if (state.kind === 'PreparingRebalance' && state.initial !== undefined) {
    group.state = { ...state, initial: { ...state.initial, hasNewMember: true } };
  }
  rebalanceOrCompleteJoin(turn);
}

function joinAgain(turn: GroupTurn, command: JoinGroupCommand, member: GroupMember): JoinGroupReply | undefined {
  const { group } = turn;
  const isUnchanged = hasSameProtocols(member, command);
  const isLeader = group.leader === member.memberId;
  if (group.state.kind === 'CompletingRebalance' && isUnchanged) return currentGeneration(turn, member);
  if (group.state.kind === 'Stable' && isUnchanged && !isLeader) return currentGeneration(turn, member);
  park(turn, command, member);
  rebalanceOrCompleteJoin(turn);
  return undefined;
}

function currentGeneration(turn: GroupTurn, member: GroupMember): JoinGroupReply {
  if (member.syncRequestId === undefined) turn.restartSession(member);
  return joinedReply(turn.group, member);
}

function hasSameProtocols(member: GroupMember, { protocols }: JoinGroupCommand): boolean {
  if (member.protocols.length !== protocols.length) return false;
  return protocols.every((each, index) => {
    const known = member.protocols[index]!;
    return known.name === each.name && hasSameBytes(known.metadata, each.metadata);
  });
}

function hasSameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, index) => byte === b[index]);
}

function park(turn: GroupTurn, command: JoinGroupCommand, member: GroupMember): void {
  // The same member on a new connection: whoever still waits on the old one shall join again.
  turn.answerJoin(member, refusedJoin('REBALANCE_IN_PROGRESS', member.memberId));
  member.protocols = command.protocols;
  member.rebalanceTimeoutMs = command.rebalanceTimeoutMs;
  member.sessionTimeoutMs = command.sessionTimeoutMs;
  member.joinRequestId = command.requestId;
  if (!member.isNew) member.sessionDeadlineMs = Number.POSITIVE_INFINITY;
}

function replaceStaticMember(
  turn: GroupTurn,
  command: JoinGroupCommand,
  { holder, memberId }: { holder: GroupMember; memberId: string },
): JoinGroupReply | undefined {
  const { group } = turn;
  const formerLeader = group.leader;
  const member = renameMember(turn, holder, memberId);
  park(turn, command, member);
  if (group.state.kind === 'PreparingRebalance') completeJoinIfAllJoined(turn);
  else if (group.state.kind === 'CompletingRebalance') prepareRebalance(turn);
  else if (chooseProtocol(group) !== group.protocol) rebalanceOrCompleteJoin(turn);
  else {
    turn.records.push(group.toRecord());
    member.joinRequestId = undefined;
    turn.restartSession(member);
    const isLeader = group.leader === memberId;
    const reply = { ...joinedReply(group, member), members: [] };
    // Below version 9 a returning leader cannot be told to skip: it is shown its old id, and takes itself for a follower.
    if (!command.canSkipAssignment) return { ...reply, leader: formerLeader ?? '' };
    return { ...reply, skipAssignment: isLeader, members: isLeader ? membersForLeader(group) : [] };
  }
  return undefined;
}

function renameMember(turn: GroupTurn, holder: GroupMember, memberId: string): GroupMember {
  const { group } = turn;
  const fenced = errorCode('FENCED_INSTANCE_ID');
  turn.answerJoin(holder, refusedJoin('FENCED_INSTANCE_ID', holder.memberId));
  turn.answerSync(holder, { errorCode: fenced, protocolType: null, protocolName: null, assignment: noBytes });
  const { state } = group;
  if ((state.kind === 'CompletingRebalance' || state.kind === 'Stable') && state.pendingSync.has(holder.memberId)) {
    group.state = { ...state, pendingSync: new Set([...state.pendingSync].map(id => swap(id, holder, memberId))) };
  }
  if (group.leader === holder.memberId) group.leader = memberId;
  const renamed = [...group.members.values()].map(each => (each === holder ? { ...holder, memberId } : each));
  group.members = new Map(renamed.map(each => [each.memberId, each]));
  return group.members.get(memberId)!;
}

function swap(id: string, holder: GroupMember, memberId: string): string {
  return id === holder.memberId ? memberId : id;
}
