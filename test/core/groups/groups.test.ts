import test from 'ava';
import { kafkaErrors } from '../../../core/base/kafka-errors.js';
import { GroupsShell, subscription } from './groups-shell.js';

const code = (name: keyof typeof kafkaErrors) => kafkaErrors[name].code;

test('a lone member joins, gets its assignment, commits and leaves', t => {
  const shell = new GroupsShell();
  const joined = shell.joined(shell.join());
  const { memberId, generationId } = joined;
  t.is(memberId, 'client-uuid-1');
  t.is(generationId, 1);
  t.is(joined.leader, memberId);
  t.is(joined.protocolName, 'range');
  t.deepEqual(joined.members, [{ memberId, groupInstanceId: null, metadata: subscription('flights') }]);
  t.is(shell.describe().groupState, 'CompletingRebalance');
  const synced = shell.synced(
    shell.sync({ memberId, generationId, assignments: [{ memberId, assignment: Uint8Array.of(7) }] }),
  );
  t.deepEqual(synced, {
    errorCode: 0,
    protocolType: 'consumer',
    protocolName: 'range',
    assignment: Uint8Array.of(7),
  });
  t.is(shell.heartbeat(memberId, generationId), 0);
  t.is(shell.commit(memberId, generationId, 42), 0);
  t.is(shell.committed(), 42);
  const left = shell.send({ kind: 'leave-group', groupId: 'g', members: [{ memberId, groupInstanceId: null }] });
  t.deepEqual(left, { errorCode: 0, members: [{ memberId, groupInstanceId: null, errorCode: 0 }] });
  t.is(shell.describe().groupState, 'Empty');
  t.is(shell.heartbeat(memberId, generationId), code('UNKNOWN_MEMBER_ID'));
  t.is(shell.committed(), 42);
});

test('the leader learns who is there, and followers wait for what it assigns', t => {
  const shell = new GroupsShell();
  const first = shell.joined(shell.join());
  const second = shell.join();
  t.true(shell.isParked(second), 'parked until the first comes back');
  t.is(shell.heartbeat(first.memberId, 1), code('REBALANCE_IN_PROGRESS'));
  const again = shell.join({ memberId: first.memberId });
  const follower = shell.joined(second);
  t.is(shell.joined(again).generationId, 2);
  t.is(follower.leader, first.memberId);
  t.deepEqual(
    shell.joined(again).members.map(member => member.memberId),
    [first.memberId, follower.memberId],
  );
  t.deepEqual(follower.members, []);
  const waiting = shell.sync({ memberId: follower.memberId, generationId: 2 });
  t.true(shell.isParked(waiting));
  const assignments = [{ memberId: follower.memberId, assignment: Uint8Array.of(5) }];
  const led = shell.sync({ memberId: first.memberId, generationId: 2, assignments });
  t.deepEqual(shell.synced(waiting).assignment, Uint8Array.of(5));
  t.deepEqual(shell.synced(led).assignment, new Uint8Array(0), 'whom the leader forgets gets nothing');
  t.is(shell.describe().groupState, 'Stable');
});

test('a new dynamic member is given its id first, and leaves nothing behind if it never comes back', t => {
  const shell = new GroupsShell();
  const asked = shell.joined(shell.join({ requiresKnownMemberId: true }));
  t.is(asked.errorCode, code('MEMBER_ID_REQUIRED'));
  t.is(shell.describe().groupState, 'Empty');
  const joined = shell.joined(shell.join({ memberId: asked.memberId, requiresKnownMemberId: true }));
  t.is(joined.errorCode, 0);
  const other = new GroupsShell();
  other.join({ requiresKnownMemberId: true });
  other.advance(10_000);
  t.is(other.describe().groupState, 'Dead');
  t.deepEqual(other.send({ kind: 'list-groups', statesFilter: [], typesFilter: [] }), { groups: [] });
});

test('a rebalance waits for the rebalance timeout, and goes on without who has not come back', t => {
  const shell = new GroupsShell();
  const { memberIds } = shell.stableGroup(2);
  const third = shell.join({ rebalanceTimeoutMs: 5_000 });
  const back = shell.join({ memberId: memberIds[1]! });
  for (let second = 0; second < 4; second++) {
    shell.advance(7_000);
    t.is(shell.heartbeat(memberIds[0]!, 2), code('REBALANCE_IN_PROGRESS'));
  }
  t.true(shell.isParked(third), 'the longest of the timeouts counts');
  shell.advance(2_000);
  t.is(shell.joined(third).generationId, 3);
  t.is(shell.joined(back).leader, memberIds[1]!, 'the leader that stayed away is replaced');
  t.is(shell.joined(back).members.length, 2);
  t.is(shell.heartbeat(memberIds[0]!, 3), code('UNKNOWN_MEMBER_ID'));
});

test('a member without heartbeats loses its place, and the others are told to join again', t => {
  const shell = new GroupsShell();
  const { memberIds, generationId } = shell.stableGroup(2);
  shell.advance(6_000);
  t.is(shell.heartbeat(memberIds[0]!, generationId), 0);
  shell.advance(6_000);
  t.is(shell.heartbeat(memberIds[0]!, generationId), code('REBALANCE_IN_PROGRESS'));
  t.is(shell.heartbeat(memberIds[1]!, generationId), code('UNKNOWN_MEMBER_ID'));
  const alone = shell.joined(shell.join({ memberId: memberIds[0]! }));
  t.is(alone.members.length, 1);
});

test('a heartbeat that came before the timer counts, however late the timer is', t => {
  const shell = new GroupsShell();
  const { memberIds, generationId } = shell.stableGroup(1);
  shell.nowMs += 60_000; // the event loop stood still, and the heartbeat is read first
  t.is(shell.heartbeat(memberIds[0]!, generationId), 0);
  shell.advance(0);
  t.is(shell.describe().groupState, 'Stable');
});

test('joins that cannot be are refused', t => {
  const shell = new GroupsShell({ maxSize: 2 });
  const refusalOf = (given: Parameters<GroupsShell['join']>[0]) => shell.joined(shell.join(given)).errorCode;
  t.is(refusalOf({ groupId: '' }), code('INVALID_GROUP_ID'));
  t.is(refusalOf({ sessionTimeoutMs: 5_999 }), code('INVALID_SESSION_TIMEOUT'));
  t.is(refusalOf({ sessionTimeoutMs: 1_800_001 }), code('INVALID_SESSION_TIMEOUT'));
  t.is(refusalOf({ memberId: 'stranger' }), code('UNKNOWN_MEMBER_ID'));
  t.is(refusalOf({ protocols: [] }), code('INCONSISTENT_GROUP_PROTOCOL'));
  t.is(refusalOf({ protocolType: '' }), code('INCONSISTENT_GROUP_PROTOCOL'));
  shell.stableGroup(2);
  t.is(refusalOf({ memberId: 'stranger' }), code('GROUP_MAX_SIZE_REACHED'));
  t.is(refusalOf({}), code('GROUP_MAX_SIZE_REACHED'));
  const other = new GroupsShell();
  other.stableGroup(1);
  const refusalOfOther = (given: Parameters<GroupsShell['join']>[0]) => other.joined(other.join(given)).errorCode;
  t.is(refusalOfOther({ protocolType: 'connect' }), code('INCONSISTENT_GROUP_PROTOCOL'));
  t.is(
    refusalOfOther({ protocols: [{ name: 'sticky', metadata: new Uint8Array() }] }),
    code('INCONSISTENT_GROUP_PROTOCOL'),
  );
  t.is(refusalOfOther({ memberId: 'stranger' }), code('UNKNOWN_MEMBER_ID'));
});

test('the protocol that most members prefer among those that all have is chosen', t => {
  const shell = new GroupsShell();
  const named = (...names: string[]) => ({ protocols: names.map(name => ({ name, metadata: Uint8Array.of(1) })) });
  const first = shell.joined(shell.join(named('only-mine', 'range', 'sticky')));
  shell.join(named('sticky', 'range'));
  shell.join(named('sticky', 'range'));
  const chosen = shell.joined(shell.join({ memberId: first.memberId, ...named('only-mine', 'range', 'sticky') }));
  t.is(chosen.protocolName, 'sticky');
});

test('syncs and heartbeats of the wrong generation, member or protocol are refused', t => {
  const shell = new GroupsShell();
  const { memberId, generationId } = shell.joined(shell.join());
  const refusalOf = (given: object) => shell.synced(shell.sync({ memberId, generationId, ...given })).errorCode;
  t.is(refusalOf({ groupId: 'nobody' }), code('UNKNOWN_MEMBER_ID'));
  t.is(refusalOf({ memberId: 'stranger' }), code('UNKNOWN_MEMBER_ID'));
  t.is(refusalOf({ generationId: 2 }), code('ILLEGAL_GENERATION'));
  t.is(refusalOf({ protocolName: 'sticky' }), code('INCONSISTENT_GROUP_PROTOCOL'));
  t.is(refusalOf({ protocolType: 'connect' }), code('INCONSISTENT_GROUP_PROTOCOL'));
  t.is(shell.heartbeat(memberId, 2), code('ILLEGAL_GENERATION'));
  shell.sync({ memberId, generationId });
  shell.join();
  t.is(refusalOf({}), code('REBALANCE_IN_PROGRESS'));
});

test('a follower that joins again unchanged is told the current generation, the leader begins a new one', t => {
  const shell = new GroupsShell();
  const { memberIds, generationId } = shell.stableGroup(2);
  const follower = shell.joined(shell.join({ memberId: memberIds[1]! }));
  t.is(follower.generationId, generationId);
  t.is(shell.describe().groupState, 'Stable');
  const changed = shell.join({ memberId: memberIds[1]!, protocols: [{ name: 'range', metadata: subscription('x') }] });
  t.true(shell.isParked(changed));
  t.is(shell.describe().groupState, 'PreparingRebalance');
  const led = shell.joined(shell.join({ memberId: memberIds[0]! }));
  t.is(led.generationId, generationId + 1);
  t.is(
    shell.joined(shell.join({ memberId: memberIds[0]! })).generationId,
    generationId + 1,
    'the same answer once more',
  );
});

test('a rebalance while followers wait for their assignment sends them back to join', t => {
  const shell = new GroupsShell();
  const first = shell.joined(shell.join());
  const second = shell.join();
  shell.join({ memberId: first.memberId });
  const waiting = shell.sync({ memberId: shell.joined(second).memberId, generationId: 2 });
  shell.join();
  t.is(shell.synced(waiting).errorCode, code('REBALANCE_IN_PROGRESS'));
});

test('a member that joins but never asks for its assignment is out after the rebalance timeout', t => {
  const shell = new GroupsShell();
  const first = shell.joined(shell.join({ sessionTimeoutMs: 100_000 }));
  const second = shell.join({ sessionTimeoutMs: 100_000 });
  shell.join({ memberId: first.memberId, sessionTimeoutMs: 100_000 });
  shell.sync({ memberId: first.memberId, generationId: 2 });
  t.is(shell.describe().groupState, 'Stable');
  shell.advance(30_000);
  t.is(shell.heartbeat(shell.joined(second).memberId, 2), code('UNKNOWN_MEMBER_ID'));
  t.is(shell.heartbeat(first.memberId, 2), code('REBALANCE_IN_PROGRESS'));
});

test('a new group waits for its initial delay, and longer while members come', t => {
  const shell = new GroupsShell({ initialRebalanceDelayMs: 3_000 });
  const first = shell.join();
  shell.advance(2_000);
  const second = shell.join();
  shell.advance(2_000);
  t.true(shell.isParked(first));
  shell.advance(2_000);
  t.is(shell.joined(first).generationId, 1);
  t.is(shell.joined(first).members.length, 2);
  t.is(shell.joined(second).generationId, 1);
});

test('a static member comes back without a rebalance and fences whoever held its instance id', t => {
  const shell = new GroupsShell();
  const old = shell.joined(shell.join({ groupInstanceId: 'i' }));
  t.is(old.memberId, 'i-uuid-1');
  const assignments = [{ memberId: old.memberId, assignment: Uint8Array.of(9) }];
  shell.sync({ memberId: old.memberId, generationId: 1, groupInstanceId: 'i', assignments });
  const back = shell.joined(shell.join({ groupInstanceId: 'i', canSkipAssignment: true }));
  t.is(back.errorCode, 0);
  t.not(back.memberId, old.memberId);
  t.is(back.generationId, 1);
  t.true(back.skipAssignment);
  t.is(back.leader, back.memberId);
  t.is(back.members.length, 1);
  t.is(shell.heartbeat(old.memberId, 1, 'i'), code('FENCED_INSTANCE_ID'));
  const synced = shell.synced(shell.sync({ memberId: back.memberId, generationId: 1, groupInstanceId: 'i' }));
  t.deepEqual(synced.assignment, Uint8Array.of(9), 'the assignment stays with the instance');
  const older = shell.joined(shell.join({ groupInstanceId: 'i' }));
  t.is(older.leader, back.memberId, 'below version 9 it is shown its old id, so that it does not assign');
  t.deepEqual(older.members, []);
  shell.restart(false);
  t.is(shell.heartbeat(older.memberId, 1, 'i'), 0, 'the new id is in the log');
});

test('a static member that is waiting is fenced by the one that takes its place', t => {
  const shell = new GroupsShell();
  const { memberIds } = shell.stableGroup(1);
  const waiting = shell.join({ groupInstanceId: 'i' });
  const taking = shell.join({ groupInstanceId: 'i' });
  t.is(shell.joined(waiting).errorCode, code('FENCED_INSTANCE_ID'));
  shell.join({ memberId: memberIds[0]! });
  t.is(shell.joined(taking).errorCode, 0);
  const left = shell.send({ kind: 'leave-group', groupId: 'g', members: [{ memberId: '', groupInstanceId: 'i' }] });
  t.is(left!.members[0]!.errorCode, 0, 'by instance id alone');
  t.is(shell.describe().members.length, 1);
  const stale = { memberId: 'old', groupInstanceId: 'i' };
  t.is(
    shell.send({ kind: 'leave-group', groupId: 'g', members: [stale] })!.members[0]!.errorCode,
    code('UNKNOWN_MEMBER_ID'),
  );
});

test('a static member keeps its place through a rebalance that it misses', t => {
  const shell = new GroupsShell();
  const fixed = shell.joined(shell.join({ groupInstanceId: 'i', sessionTimeoutMs: 100_000 }));
  shell.sync({ memberId: fixed.memberId, generationId: 1, groupInstanceId: 'i' });
  const other = shell.join({ sessionTimeoutMs: 100_000 });
  shell.advance(30_000);
  t.is(shell.joined(other).generationId, 2);
  t.is(shell.joined(other).leader, shell.joined(other).memberId);
  t.is(shell.joined(other).members.length, 2);
  const absent = new GroupsShell();
  const lone = absent.joined(absent.join({ groupInstanceId: 'i', sessionTimeoutMs: 1_000_000 }));
  absent.sync({ memberId: lone.memberId, generationId: 1, groupInstanceId: 'i' });
  const guest = absent.join();
  t.true(absent.isParked(guest));
  const memberId = 'client-uuid-3';
  absent.send({ kind: 'leave-group', groupId: 'g', members: [{ memberId, groupInstanceId: null }] });
  absent.advance(60_000);
  t.is(absent.describe().groupState, 'PreparingRebalance', 'nobody is there to lead: wait once more');
  absent.join({ memberId: lone.memberId, groupInstanceId: 'i' });
  t.is(absent.describe().groupState, 'CompletingRebalance');
});

test('a leave tells parked requests of the member, and of a stranger it is refused', t => {
  const shell = new GroupsShell();
  const { memberIds } = shell.stableGroup(2);
  const parked = shell.join({ memberId: memberIds[0]! });
  const members = [...memberIds, 'stranger'].map(memberId => ({ memberId, groupInstanceId: null }));
  const left = shell.send({ kind: 'leave-group', groupId: 'g', members })!;
  t.deepEqual(
    left.members.map(member => member.errorCode),
    [0, 0, code('UNKNOWN_MEMBER_ID')],
  );
  t.is(shell.joined(parked).errorCode, code('UNKNOWN_MEMBER_ID'));
  t.is(shell.describe().groupState, 'Empty');
  t.is(shell.send({ kind: 'leave-group', groupId: 'nobody', members: [] })!.errorCode, code('UNKNOWN_MEMBER_ID'));
});

test('commits come from the current generation, or from outside while nobody is a member', t => {
  const shell = new GroupsShell();
  t.is(shell.commit('', 1, 1), code('ILLEGAL_GENERATION'), 'a generation of a group that is not there');
  t.is(shell.commit('', -1, 1), 0);
  const { memberIds, generationId } = shell.stableGroup(1);
  t.is(shell.commit('', -1, 2), code('UNKNOWN_MEMBER_ID'));
  t.is(shell.commit('stranger', generationId, 2), code('UNKNOWN_MEMBER_ID'));
  t.is(shell.commit(memberIds[0]!, generationId + 1, 2), code('ILLEGAL_GENERATION'));
  t.is(shell.commit(memberIds[0]!, generationId, 2), 0);
  const second = shell.join();
  t.is(shell.commit(memberIds[0]!, generationId, 3), 0, 'while the next generation gathers');
  shell.join({ memberId: memberIds[0]! });
  const current = shell.joined(second).generationId;
  t.is(shell.commit(memberIds[0]!, current, 4), code('REBALANCE_IN_PROGRESS'));
  t.is(shell.committed(), 3);
  t.is(shell.committed('other'), -1);
});

test('a commit is kept with its metadata, which may not be too long', t => {
  const shell = new GroupsShell({ offsetMetadataBytesMax: 4 });
  const commit = (committedMetadata: string | null) =>
    shell.send({
      kind: 'commit-offsets',
      groupId: 'g',
      memberId: '',
      generationId: -1,
      groupInstanceId: null,
      retentionTimeMs: -1,
      topics: [
        {
          name: 't',
          partitions: [{ partitionIndex: 1, committedOffset: 8, committedLeaderEpoch: 2, committedMetadata }],
        },
      ],
    })!.topics[0]!.partitions[0]!.errorCode;
  t.is(commit('12345'), code('OFFSET_METADATA_TOO_LARGE'));
  t.is(commit('1234'), 0);
  const all = shell.send({ kind: 'fetch-offsets', requireStable: false, groupId: 'g', topics: null })!;
  const partition = { partitionIndex: 1, committedOffset: 8, committedLeaderEpoch: 2, metadata: '1234', errorCode: 0 };
  t.deepEqual(all.topics, [{ name: 't', partitions: [partition] }]);
  t.is(commit(null), 0);
});

test('commits keep a member alive as heartbeats do', t => {
  const shell = new GroupsShell();
  const { memberIds, generationId } = shell.stableGroup(1);
  for (let round = 0; round < 4; round++) {
    shell.advance(7_000);
    t.is(shell.commit(memberIds[0]!, generationId, round), 0);
  }
});

test('groups are described and listed, with who runs what once they are stable', t => {
  const shell = new GroupsShell();
  const { memberIds } = shell.stableGroup(1);
  t.deepEqual(shell.describe(), {
    errorCode: 0,
    groupId: 'g',
    groupState: 'Stable',
    protocolType: 'consumer',
    protocolData: 'range',
    members: [
      {
        memberId: memberIds[0]!,
        groupInstanceId: null,
        clientId: 'client',
        clientHost: '/127.0.0.1',
        memberMetadata: subscription('flights'),
        memberAssignment: Uint8Array.of(0),
      },
    ],
  });
  t.is(shell.describe('nobody').groupState, 'Dead');
  const list = (statesFilter: string[], typesFilter: string[] = []) =>
    shell.send({ kind: 'list-groups', statesFilter, typesFilter })!.groups.map(group => group.groupId);
  t.deepEqual(list([]), ['g']);
  t.deepEqual(list(['stable'], ['Classic']), ['g']);
  t.deepEqual(list(['Empty']), []);
  t.deepEqual(list([], ['consumer']), []);
});

test('a group is deleted when it is empty, offsets when nobody subscribes to their topic', t => {
  const shell = new GroupsShell();
  const { memberIds, generationId } = shell.stableGroup(1);
  shell.commit(memberIds[0]!, generationId, 5);
  shell.commit(memberIds[0]!, generationId, 6, 'former');
  const drop = (name: string) =>
    shell.send({ kind: 'delete-offsets', groupId: 'g', topics: [{ name, partitions: [{ partitionIndex: 0 }] }] })!;
  t.is(drop('flights').topics[0]!.partitions[0]!.errorCode, code('GROUP_SUBSCRIBED_TO_TOPIC'));
  t.is(drop('former').topics[0]!.partitions[0]!.errorCode, 0);
  t.is(shell.committed('former'), -1);
  const remove = (groupId: string) =>
    shell.send({ kind: 'delete-groups', groupsNames: [groupId] })!.results[0]!.errorCode;
  t.is(remove('g'), code('NON_EMPTY_GROUP'));
  t.is(remove('nobody'), code('GROUP_ID_NOT_FOUND'));
  shell.send({ kind: 'leave-group', groupId: 'g', members: [{ memberId: memberIds[0]!, groupInstanceId: null }] });
  t.is(remove('g'), 0);
  t.is(shell.committed(), -1);
  t.is(shell.describe().groupState, 'Dead');
  shell.restart(true);
  t.is(shell.describe().groupState, 'Dead');
});

test('offsets expire when their group has been empty for the retention, not while it has members', t => {
  const shell = new GroupsShell({ offsetsRetentionMs: 100_000 });
  const { memberIds, generationId } = shell.stableGroup(1);
  shell.commit(memberIds[0]!, generationId, 5);
  shell.commit(memberIds[0]!, generationId, 6, 'former');
  for (let round = 0; round < 20; round++) {
    shell.advance(6_000);
    shell.heartbeat(memberIds[0]!, generationId);
  }
  shell.send({ kind: 'expire-offsets' });
  t.is(shell.committed(), 5);
  t.is(shell.committed('former'), -1, 'nobody subscribes to it');
  shell.send({ kind: 'leave-group', groupId: 'g', members: [{ memberId: memberIds[0]!, groupInstanceId: null }] });
  shell.advance(99_999);
  shell.send({ kind: 'expire-offsets' });
  t.is(shell.committed(), 5);
  shell.advance(1);
  shell.send({ kind: 'expire-offsets' });
  t.is(shell.committed(), -1);
  t.is(shell.describe().groupState, 'Dead');
});

test('offsets of topics that are gone go with them', t => {
  const shell = new GroupsShell();
  shell.commit('', -1, 5);
  shell.commit('', -1, 6, 'gone');
  shell.send({ kind: 'forget-topics', topics: ['gone'] });
  t.is(shell.committed('gone'), -1);
  t.is(shell.committed(), 5);
});

test('after a restart of the process the group is empty at once, with its offsets', t => {
  const shell = new GroupsShell();
  const { memberIds, generationId } = shell.stableGroup(2);
  shell.commit(memberIds[0]!, generationId, 5);
  shell.restart(true);
  t.is(shell.describe().groupState, 'Empty');
  t.is(shell.committed(), 5);
  t.is(shell.heartbeat(memberIds[0]!, generationId), code('UNKNOWN_MEMBER_ID'));
  const { generationId: next } = shell.joined(shell.join());
  t.is(next, generationId + 2, 'no generation is used twice');
});

test('after a failover the members have a session to show themselves in', t => {
  const shell = new GroupsShell();
  const { memberIds, generationId } = shell.stableGroup(2);
  shell.restart(false);
  t.is(shell.heartbeat(memberIds[0]!, generationId), 0);
  shell.advance(9_000);
  t.is(shell.heartbeat(memberIds[0]!, generationId), 0);
  shell.advance(1_000);
  t.is(shell.describe().members.length, 1);
});
