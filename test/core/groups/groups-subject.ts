import fc from 'fast-check';
import { consumerOffsetsCodec } from '../../../core/broker/machine-record-codecs.js';
import type { DescribedGroup, GroupsCommand, JoinGroupReply } from '../../../core/groups/groups-command.js';
import type { GroupsDecision } from '../../../core/groups/groups-decision.js';
import { GroupsMachine } from '../../../core/groups/groups-machine.js';
import type { GroupsRecord } from '../../../core/groups/groups-record.js';
import { nodeCompression } from '../../../core/platform/node-compression.js';
import { producerEpoch, producerId } from '../../../core/records/batch-header.js';
import { readEndTransactionMarker, writeEndTransactionMarker } from '../../../core/records/end-transaction-marker.js';
import type { Decision, Pilot, PureMachine, Question, Subject } from '../pure-machine-subject.js';
import { subscription } from './groups-shell.js';

type Machine = PureMachine<GroupsCommand, GroupsRecord>;

const groupIds = ['g0', 'g1'] as const;
const topics = ['flights', 'airports'] as const;

const operation = fc.record({
  kind: fc.oneof(
    { weight: 6, arbitrary: fc.constant('join-group' as const) },
    { weight: 6, arbitrary: fc.constant('sync-group' as const) },
    { weight: 2, arbitrary: fc.constantFrom('heartbeat', 'commit-offsets', 'leave-group', 'advance-time') },
    { weight: 2, arbitrary: fc.constantFrom('commit-transactional-offsets', 'end-transaction') },
    { weight: 1, arbitrary: fc.constantFrom('delete-groups', 'delete-offsets', 'forget-topics', 'expire-offsets') },
  ),
  group: fc.constantFrom(...groupIds),
  topic: fc.constantFrom(...topics),
  /** Which of the members known so far; mostly the last one. */
  member: fc.nat({ max: 3 }),
  isNew: fc.boolean(),
  instance: fc.constantFrom(null, null, null, 'i0', 'i1'),
  requiresId: fc.boolean(),
  isWrong: fc.nat({ max: 9 }).map(n => n === 0),
  offset: fc.nat({ max: 1_000 }),
  producerId: fc.nat({ max: 1 }),
  passesMs: fc.nat({ max: 9_000 }),
});

type Operation = typeof operation extends fc.Arbitrary<infer O> ? O : never;

interface Known {
  readonly groupId: string;
  readonly memberId: string;
  readonly generationId: number;
  readonly groupInstanceId: string | null;
}

const nobody: Known = { groupId: 'g0', memberId: '', generationId: -1, groupInstanceId: null };

class GroupsPilot implements Pilot<GroupsCommand, GroupsRecord, Operation> {
  nowMs = 1_000_000;
  private requestId = 0;
  private readonly known: Known[] = [];
  private readonly joins = new Map<number, { groupId: string; groupInstanceId: string | null }>();

  command(operation: Operation): GroupsCommand {
    const { kind, group, topic, isWrong } = operation;
    this.nowMs += operation.passesMs;
    const member = this.known.filter(each => each.groupId === group).at(-1 - operation.member) ?? {
      ...nobody,
      groupId: group,
    };
    const generationId = member.generationId + (isWrong ? 1 : 0);
    const partitions = [{ partitionIndex: 0 }];
    switch (kind) {
      case 'join-group':
        return this.join(operation, member);
      case 'sync-group': {
        const members = this.known.filter(each => each.groupId === group);
        const assignments = members.map(({ memberId }, index) => ({ memberId, assignment: Uint8Array.of(index) }));
        const protocol = { protocolType: null, protocolName: null };
        return { kind, requestId: ++this.requestId, ...member, generationId, ...protocol, assignments };
      }
      case 'heartbeat':
        return { kind, ...member, generationId };
      case 'leave-group':
        return { kind, groupId: group, members: [member] };
      case 'commit-offsets': {
        const committer = operation.isNew ? { ...nobody, groupId: group } : { ...member, generationId };
        const retentionTimeMs = operation.requiresId ? -1 : 5_000;
        const committed = {
          committedOffset: operation.offset,
          committedLeaderEpoch: -1,
          committedMetadata: `at ${topic}`,
        };
        const name = topic;
        return {
          kind,
          ...committer,
          retentionTimeMs,
          topics: [{ name, partitions: [{ partitionIndex: 0, ...committed }] }],
        };
      }
      case 'commit-transactional-offsets': {
        const committer = operation.isNew ? { ...nobody, groupId: group } : { ...member, generationId };
        const producer = { producerId: operation.producerId, producerEpoch: 0 };
        const committed = { committedOffset: operation.offset, committedLeaderEpoch: 3, committedMetadata: null };
        return {
          kind,
          ...committer,
          ...producer,
          topics: [{ name: topic, partitions: [{ partitionIndex: 0, ...committed }] }],
        };
      }
      case 'end-transaction': {
        const producer = { producerId: operation.producerId, producerEpoch: 0, coordinatorEpoch: 1 };
        return { kind, ...producer, commits: operation.isNew };
      }
      case 'delete-groups':
        return { kind, groupsNames: [group] };
      case 'delete-offsets':
        return { kind, groupId: group, topics: [{ name: topic, partitions }] };
      case 'forget-topics':
        return { kind, topics: [topic] };
      case 'advance-time':
        return { kind, groupId: group };
      case 'expire-offsets':
        return { kind };
    }
  }

  retry(command: GroupsCommand): GroupsCommand {
    return 'requestId' in command ? { ...command, requestId: ++this.requestId } : command;
  }

  learn(command: GroupsCommand, decision: Decision<GroupsRecord>): void {
    const { groupId } = command as { groupId: string };
    if (command.kind === 'join-group') {
      this.joins.set(command.requestId, { groupId, groupInstanceId: command.groupInstanceId });
      this.learnJoin(command.requestId, decision.reply as JoinGroupReply | undefined);
    }
    for (const effect of (decision as GroupsDecision).effects) {
      if (effect.kind === 'answer') this.learnJoin(effect.requestId, effect.reply as JoinGroupReply);
    }
  }

  private join(operation: Operation, member: Known): GroupsCommand {
    const isNew = operation.isNew || member.memberId === '';
    const names = operation.isWrong ? ['none'] : ['range', 'sticky'];
    return {
      kind: 'join-group',
      requestId: ++this.requestId,
      groupId: operation.group,
      memberId: isNew ? '' : member.memberId,
      newMemberUuid: `${this.requestId}`,
      groupInstanceId: isNew ? operation.instance : member.groupInstanceId,
      clientId: 'c',
      clientHost: '/127.0.0.1',
      sessionTimeoutMs: 10_000,
      rebalanceTimeoutMs: 20_000,
      protocolType: 'consumer',
      protocols: names.map(name => ({ name, metadata: subscription(operation.topic) })),
      requiresKnownMemberId: operation.requiresId,
      canSkipAssignment: operation.isWrong,
    };
  }

  private learnJoin(requestId: number, reply: JoinGroupReply | undefined): void {
    const join = this.joins.get(requestId);
    if (join === undefined || reply === undefined || reply.memberId === '') return;
    const { memberId, generationId } = reply;
    const before = this.known.findIndex(each => each.memberId === memberId);
    if (before >= 0) this.known.splice(before, 1);
    this.known.push({ ...join, memberId, generationId });
  }
}

/** What is asked of a group whose present state is in the log: not while it rebalances, nor before anything was written of it. */
function questions(live: Machine, rebuilt: Machine): Question<GroupsCommand, GroupsRecord>[] {
  const laterMs = 10_000_000_000;
  const offsets = groupIds.flatMap(groupId =>
    [true, false].flatMap(requireStable => [
      question({ kind: 'fetch-offsets', requireStable, groupId, topics: null }),
      question({
        kind: 'fetch-offsets',
        requireStable,
        groupId,
        topics: topics.map(name => ({ name, partitionIndexes: [0] })),
      }),
    ]),
  );
  const settled = groupIds.filter(groupId => {
    const state = describe(live, groupId).groupState;
    return (state === 'Stable' || state === 'Empty') && describe(rebuilt, groupId).groupState !== 'Dead';
  });
  const ofSettled = settled.flatMap(groupId => [
    question({ kind: 'describe-groups', groups: [groupId] }),
    question({ kind: 'delete-groups', groupsNames: [groupId] }),
    question({
      kind: 'delete-offsets',
      groupId,
      topics: topics.map(name => ({ name, partitions: [{ partitionIndex: 0 }] })),
    }),
  ]);
  const isAllSettled = groupIds.every(id => settled.includes(id) || describe(live, id).groupState === 'Dead');
  return [...offsets, ...ofSettled, ...(isAllSettled ? [question({ kind: 'expire-offsets' }, laterMs)] : [])];
}

function question(command: GroupsCommand, nowMs = 0): Question<GroupsCommand, GroupsRecord> {
  return {
    about: JSON.stringify(command),
    ask(machine) {
      const { reply, records } = machine.decide(command, nowMs);
      // A group that expires stays while somebody holds a member id that was not used yet, which is no part of the log.
      return {
        reply,
        records: records.filter(record => command.kind !== 'expire-offsets' || record.kind !== 'group-tombstone'),
      };
    },
  };
}

function describe(machine: Machine, groupId: string): DescribedGroup {
  return (machine.decide({ kind: 'describe-groups', groups: [groupId] }, 0).reply as { groups: DescribedGroup[] })
    .groups[0]!;
}

export const groupsSubject: Subject<GroupsCommand, GroupsRecord, Operation> = {
  operation,
  create: () => new GroupsMachine(),
  pilot: () => new GroupsPilot(),
  throughBytes(record) {
    const batch = consumerOffsetsCodec.batchOf!([record]);
    if (batch?.kind === 'marker') {
      const bytes = writeEndTransactionMarker(nodeCompression, batch, 1_000);
      const ids = { producerId: producerId(bytes, 0), producerEpoch: producerEpoch(bytes, 0) };
      return consumerOffsetsCodec.decodeMarker!({ ...readEndTransactionMarker(bytes, 0)!, ...ids });
    }
    const { key, value } = consumerOffsetsCodec.encode(record);
    const part = batch && { producerId: batch.producerId, producerEpoch: batch.producerEpoch };
    return consumerOffsetsCodec.decode(key, value, part)!;
  },
  questions,
};
