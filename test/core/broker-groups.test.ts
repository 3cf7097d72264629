// Consumer groups at the level of requests: members, rebalances, offsets, in every place.

import { kafkaErrorName } from '../../core/base/kafka-errors.js';
import type { Log } from '../../core/open/log.js';
import { offsetCommit } from '../../core/protocol/08-offset-commit.js';
import { offsetFetch } from '../../core/protocol/09-offset-fetch.js';
import { findCoordinator } from '../../core/protocol/10-find-coordinator.js';
import { joinGroup } from '../../core/protocol/11-join-group.js';
import { heartbeat } from '../../core/protocol/12-heartbeat.js';
import { leaveGroup } from '../../core/protocol/13-leave-group.js';
import { syncGroup } from '../../core/protocol/14-sync-group.js';
import { describeGroups } from '../../core/protocol/15-describe-groups.js';
import { listGroups } from '../../core/protocol/16-list-groups.js';
import { deleteTopics } from '../../core/protocol/20-delete-topics.js';
import { deleteGroups } from '../../core/protocol/42-delete-groups.js';
import { offsetDelete } from '../../core/protocol/47-offset-delete.js';
import { testInEveryEmbeddedPlace } from './places.js';
import { Requests } from './requests.js';

const name = (code: number | undefined) => (code === 0 ? 'none' : kafkaErrorName(code ?? 0));
const groupId = 'readers';

/** Fails when `condition` does not come true within ten seconds. */
async function until(log: Log, condition: () => Promise<boolean>): Promise<void> {
  const endMs = log.ports.clock.monotonic() + 20_000;
  while (!(await condition())) {
    if (log.ports.clock.monotonic() > endMs) throw new Error('it never came true');
    await log.ports.clock.sleep(10);
  }
}

/** A member of the group, which speaks the protocol by hand; each has a connection of its own. */
class Member {
  readonly requests: Requests;
  memberId = '';
  generationId = -1;

  constructor(requests: Requests) {
    this.requests = requests;
  }

  static async on(log: Log): Promise<Member> {
    return new Member(await Requests.on(log));
  }

  /** Joins with the id that the first answer gives, as clients do. */
  async join(sessionTimeoutMs = 30_000): Promise<{ isLeader: boolean; members: readonly string[] }> {
    for (;;) {
      const protocols = [{ name: 'range', metadata: Buffer.from('m') }];
      const { memberId } = this;
      const answer = await this.requests.send(joinGroup, {
        groupId,
        memberId,
        sessionTimeoutMs,
        rebalanceTimeoutMs: 30_000,
        protocolType: 'consumer',
        protocols,
      });
      this.memberId = answer.memberId;
      if (name(answer.errorCode) === 'MEMBER_ID_REQUIRED') continue;
      if (answer.errorCode !== 0) throw new Error(name(answer.errorCode));
      this.generationId = answer.generationId;
      return { isLeader: answer.leader === answer.memberId, members: answer.members.map(each => each.memberId) };
    }
  }

  async sync(assignments: Readonly<Record<string, string>> = {}): Promise<string> {
    const { memberId, generationId } = this;
    const given = Object.entries(assignments).map(([id, text]) => ({ memberId: id, assignment: Buffer.from(text) }));
    const answer = await this.requests.send(syncGroup, { groupId, generationId, memberId, assignments: given });
    return answer.errorCode === 0 ? Buffer.from(answer.assignment).toString() : name(answer.errorCode);
  }

  async heartbeat(): Promise<string> {
    const { memberId, generationId } = this;
    return name((await this.requests.send(heartbeat, { groupId, generationId, memberId })).errorCode);
  }

  async leave(): Promise<string> {
    const { members } = await this.requests.send(leaveGroup, { groupId, members: [{ memberId: this.memberId }] });
    return name(members[0]!.errorCode);
  }

  async commit(topic: string, offset: number, metadata: string | null = null, partitionIndex = 0): Promise<string> {
    const partitions = [{ partitionIndex, committedOffset: offset, committedMetadata: metadata }];
    const { topics } = await this.requests.send(offsetCommit, {
      groupId,
      generationIdOrMemberEpoch: this.generationId,
      memberId: this.memberId,
      topics: [{ name: topic, partitions }],
    });
    return name(topics[0]!.partitions[0]!.errorCode);
  }

  async committed(topic: string): Promise<[offset: number, metadata: string | null]> {
    const { groups } = await this.requests.send(offsetFetch, {
      groups: [{ groupId, topics: [{ name: topic, partitionIndexes: [0] }] }],
    });
    const { committedOffset, metadata } = groups[0]!.topics[0]!.partitions[0]!;
    return [committedOffset, metadata];
  }

  async describe() {
    const { groups } = await this.requests.send(describeGroups, { groups: [groupId] });
    return groups[0]!;
  }
}

testInEveryEmbeddedPlace(
  'a group gathers its members, shares the work, and rebalances when one comes or goes',
  async (t, place) => {
    const log = await place.open();
    const [first, second] = [await Member.on(log), await Member.on(log)];
    t.deepEqual(await first.join(), { isLeader: true, members: [first.memberId] });
    t.is(await first.sync({ [first.memberId]: 'all' }), 'all');
    t.is(await first.heartbeat(), 'none');

    const joining = second.join();
    await until(log, async () => (await first.heartbeat()) === 'REBALANCE_IN_PROGRESS');
    const rejoined = await first.join();
    const joined = await joining;
    t.deepEqual([rejoined.isLeader, joined.isLeader], [true, false]);
    t.deepEqual([...rejoined.members].sort(), [first.memberId, second.memberId].sort());
    t.is(first.generationId, 2);
    const follower = second.sync();
    t.is(await first.sync({ [first.memberId]: 'left half', [second.memberId]: 'right half' }), 'left half');
    t.is(await follower, 'right half');
    const described = await first.describe();
    t.is(described.groupState, 'Stable');
    t.is(described.members.length, 2);
    t.is(described.members[0]!.clientHost, '/embedded');

    t.is(await second.leave(), 'none');
    t.is(await first.heartbeat(), 'REBALANCE_IN_PROGRESS');
    t.deepEqual((await first.join()).members, [first.memberId]);
    t.is(await second.heartbeat(), 'UNKNOWN_MEMBER_ID');
  },
);

testInEveryEmbeddedPlace('a member that falls silent is expelled after its session', async (t, place) => {
  const log = await place.open();
  const member = await Member.on(log);
  await member.join(2_000);
  await member.sync({ [member.memberId]: 'all' });
  for (let beats = 0; beats < 3; beats++) {
    await log.ports.clock.sleep(800);
    t.is(await member.heartbeat(), 'none', 'heartbeats keep it alive');
  }
  await until(log, async () => (await member.describe()).groupState === 'Empty');
  t.is(await member.heartbeat(), 'UNKNOWN_MEMBER_ID');
});

testInEveryEmbeddedPlace(
  'a stall of the event loop expels nobody whose heartbeat is due',
  async (t, place) => {
    const log = await place.open();
    const member = await Member.on(log);
    await member.join(500);
    await member.sync({ [member.memberId]: 'all' });
    let beat: Promise<string> | undefined;
    setTimeout(() => {
      beat = member.heartbeat();
    }, 50);
    const endMs = log.ports.clock.monotonic() + 1_000;
    while (log.ports.clock.monotonic() < endMs);
    await log.ports.clock.sleep(20);
    t.is(await beat, 'none');
  },
  { serial: true },
);

testInEveryEmbeddedPlace(
  'offsets are committed by members and by simple consumers, with their metadata',
  async (t, place) => {
    const log = await place.open();
    const member = await Member.on(log);
    await member.requests.createTopic('flights', 2);
    t.deepEqual(await member.committed('flights'), [-1, '']);
    t.is(await member.commit('flights', 7, 'ät ⏱'), 'none');
    t.deepEqual(await member.committed('flights'), [7, 'ät ⏱']);
    t.is(await member.commit('flights', 8, null, 5), 'UNKNOWN_TOPIC_OR_PARTITION');
    t.is(await member.commit('unknown', 8), 'UNKNOWN_TOPIC_OR_PARTITION');
    t.is(await member.commit('flights', 8, 'x'.repeat(5000)), 'OFFSET_METADATA_TOO_LARGE');
    await member.join();
    await member.sync({ [member.memberId]: 'all' });
    t.is(await member.commit('flights', 9), 'none');
    const outsider = await Member.on(log);
    t.is(await outsider.commit('flights', 1), 'UNKNOWN_MEMBER_ID');
    t.deepEqual(await member.committed('flights'), [9, '']);
    const { groups } = await member.requests.send(offsetFetch, { groups: [{ groupId, topics: null }] });
    t.deepEqual(
      groups[0]!.topics.map(topic => topic.name),
      ['flights'],
      'all that was committed',
    );
  },
);

testInEveryEmbeddedPlace('groups are listed, and deleted once nobody is in them', async (t, place) => {
  const member = await Member.on(await place.open());
  t.deepEqual((await member.requests.send(listGroups, {})).groups, []);
  const { coordinators } = await member.requests.send(findCoordinator, { coordinatorKeys: [groupId] });
  t.is(coordinators[0]!.errorCode, 0);
  await member.join();
  await member.sync({ [member.memberId]: 'all' });
  const { groups } = await member.requests.send(listGroups, {});
  t.deepEqual(
    groups.map(each => [each.groupId, each.groupState]),
    [[groupId, 'Stable']],
  );
  const drop = async () => {
    const { results } = await member.requests.send(deleteGroups, { groupsNames: [groupId] });
    return name(results[0]!.errorCode);
  };
  t.is(await drop(), 'NON_EMPTY_GROUP');
  await member.leave();
  t.is(await drop(), 'none');
  t.is(await drop(), 'GROUP_ID_NOT_FOUND');
  t.deepEqual((await member.requests.send(listGroups, {})).groups, []);
});

testInEveryEmbeddedPlace('offsets go when they are deleted, and with their topic', async (t, place) => {
  const log = await place.open();
  const member = await Member.on(log);
  for (const topic of ['flights', 'airports']) {
    await member.requests.createTopic(topic);
    await member.commit(topic, 5);
  }
  const { topics } = await member.requests.send(offsetDelete, {
    groupId,
    topics: [{ name: 'flights', partitions: [{ partitionIndex: 0 }] }],
  });
  t.is(topics[0]!.partitions[0]!.errorCode, 0);
  t.deepEqual(await member.committed('flights'), [-1, '']);
  t.deepEqual(await member.committed('airports'), [5, '']);
  await member.requests.send(deleteTopics, { topics: [{ name: 'airports' }] });
  await until(log, async () => (await member.committed('airports'))[0] === -1);
  t.deepEqual(await member.committed('flights'), [-1, '']);
});

testInEveryEmbeddedPlace('offsets expire some time after the group is empty', async (t, place) => {
  const log = await place.open({ broker: { offsetsRetentionMs: 50, offsetsRetentionCheckIntervalMs: 20 } });
  const member = await Member.on(log);
  await member.requests.createTopic('flights');
  await member.commit('flights', 5);
  await until(log, async () => (await member.committed('flights'))[0] === -1);
  t.is((await member.describe()).groupState, 'Dead');
});

testInEveryEmbeddedPlace(
  'a restart keeps offsets and expels the members that lived with the broker',
  async (t, place) => {
    const log = await place.open();
    const member = await Member.on(log);
    await member.requests.createTopic('flights');
    await member.join();
    await member.sync({ [member.memberId]: 'all' });
    await member.commit('flights', 42, 'note');
    await log.close();
    const reopened = await place.open();
    const survivor = await Member.on(reopened);
    t.deepEqual(await survivor.committed('flights'), [42, 'note']);
    t.is((await survivor.describe()).groupState, 'Empty');
    survivor.memberId = member.memberId;
    survivor.generationId = member.generationId;
    t.is(await survivor.heartbeat(), 'UNKNOWN_MEMBER_ID');
    survivor.memberId = '';
    t.deepEqual((await survivor.join()).members, [survivor.memberId], 'nobody waits for a session to end');
  },
);

testInEveryEmbeddedPlace('a log with several offsets partitions spreads its groups over them', async (t, place) => {
  const open = () => place.open({ broker: { offsetsTopicPartitionCount: 5 } });
  const log = await open();
  const requests = await Requests.on(log);
  await requests.createTopic('flights');
  const commitAs = (id: string, committedOffset: number) =>
    requests.send(offsetCommit, {
      groupId: id,
      topics: [{ name: 'flights', partitions: [{ partitionIndex: 0, committedOffset }] }],
    });
  for (let index = 0; index < 20; index++) await commitAs(`group-${index}`, index);
  const used = new Set<number>();
  for (let partition = 0; partition < 5; partition++) {
    if ((await requests.offsetAt('__consumer_offsets', -1, partition)) > 0) used.add(partition);
  }
  t.is(used.size, 5);
  await log.close();
  const again = await Requests.on(await open());
  const { groups } = await again.send(listGroups, {});
  t.is(groups.length, 20);
});
