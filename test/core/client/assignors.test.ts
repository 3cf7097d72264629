// Our assignors beside Java's: what Java's own classes said and answered was recorded by test/kafka/java/AssignorCases.java.

import { readFileSync } from 'node:fs';
import test from 'ava';
import fc from 'fast-check';
import { UsageError } from '../../../core/base/errors.js';
import {
  decodeAssignment,
  decodeSubscription,
  encodeAssignment,
  encodeSubscription,
} from '../../../core/client/assignors/consumer-protocol.js';
import { CooperativeStickyAssignor } from '../../../core/client/assignors/cooperative-sticky-assignor.js';
import { resolveAssignors } from '../../../core/client/assignors/known-assignors.js';
import type {
  AssignorName,
  GroupAssignment,
  MemberSubscription,
  PartitionAssignor,
} from '../../../core/client/assignors/partition-assignor.js';
import { decodeStickyUserData, encodeStickyUserData } from '../../../core/client/assignors/sticky-assignor.js';
import { MemberAssignors } from '../../../core/client/member-assignors.js';
import type { TopicPartition } from '../../../core/client/topic.js';

interface JavaCase {
  readonly assignor: AssignorName;
  readonly partitionCounts: Readonly<Record<string, number>>;
  readonly members: readonly { memberId: string; groupInstanceId: string | null; subscription: string }[];
  readonly assigned: Readonly<Record<string, string>>;
}

const cases = readFileSync('test/core/client/assignor-cases.jsonl', 'utf8')
  .trim()
  .split('\n')
  .map(line => JSON.parse(line) as JavaCase);

const make = (name: AssignorName): PartitionAssignor => resolveAssignors([name])[0]!;
const bytesOf = (hex: string): Uint8Array => new Uint8Array(Buffer.from(hex, 'hex'));
const hexOf = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

function membersOf({ members }: JavaCase): MemberSubscription[] {
  return members.map(({ memberId, groupInstanceId, subscription }) => {
    return { memberId, groupInstanceId, ...decodeSubscription(bytesOf(subscription)) };
  });
}

function assign(
  name: AssignorName,
  counts: Readonly<Record<string, number>>,
  members: readonly MemberSubscription[],
): GroupAssignment {
  return make(name).assign(new Map(Object.entries(counts)), members) as GroupAssignment;
}

function texts(partitions: readonly TopicPartition[]): readonly string[] {
  return partitions.map(({ topic, partition }) => `${topic}-${partition}`).sort();
}

function sharesOf(assigned: GroupAssignment): Record<string, readonly string[]> {
  return Object.fromEntries([...assigned].map(([memberId, { partitions }]) => [memberId, texts(partitions)]));
}

function javaShares({ assigned }: JavaCase): Record<string, readonly string[]> {
  return Object.fromEntries(
    Object.entries(assigned).map(([memberId, hex]) => [memberId, texts(decodeAssignment(bytesOf(hex)).partitions)]),
  );
}

for (const name of ['range', 'roundrobin'] as const) {
  test(`${name} shares out exactly as Java’s, to the byte`, t => {
    const own = cases.filter(({ assignor }) => assignor === name);
    t.is(own.length, 40);
    for (const one of own) {
      const assigned = assign(name, one.partitionCounts, membersOf(one));
      const hexes = [...assigned].map(([memberId, assignment]) => [memberId, hexOf(encodeAssignment(assignment))]);
      t.deepEqual(Object.fromEntries(hexes), one.assigned);
    }
  });
}

test('subscriptions are written as Java’s members wrote them, and read without loss', t => {
  for (const { members } of cases) {
    for (const { subscription } of members) {
      t.is(hexOf(encodeSubscription(decodeSubscription(bytesOf(subscription)))), subscription);
    }
  }
});

test('the user data of Java’s sticky members is read and written', t => {
  const sticky = cases.filter(({ assignor }) => assignor === 'sticky').flatMap(membersOf);
  const told = sticky.filter(({ userData }) => userData !== null);
  t.true(told.length > 20 && told.length < sticky.length);
  for (const { userData } of told) t.is(hexOf(encodeStickyUserData(decodeStickyUserData(userData))), hexOf(userData!));
  t.true(told.some(({ userData }) => decodeStickyUserData(userData).generationId > 1));
  t.deepEqual(decodeStickyUserData(bytesOf('00')), { partitions: [], generationId: -1 });
});

for (const name of ['sticky', 'cooperative-sticky'] as const) {
  test(`${name} shares out as evenly as Java’s, and moves no more`, t => {
    for (const one of cases.filter(({ assignor }) => assignor === name)) {
      const members = membersOf(one);
      const ours = sharesOf(assign(name, one.partitionCounts, members));
      const theirs = javaShares(one);
      const shown = JSON.stringify({ ours, theirs });
      t.true(unevenness(ours) <= unevenness(theirs), shown);
      if (unevenness(ours) === unevenness(theirs)) t.true(keptBy(members, ours) >= keptBy(members, theirs), shown);
    }
  });

  test(`${name} gives a group that begins, of one subscription, exactly what Java’s does`, t => {
    const first = cases.filter(
      one => one.assignor === name && membersOf(one).every(member => claims(member).length === 0) && isUniform(one),
    );
    t.true(first.length >= 4, `${first.length}`);
    for (const one of first) t.deepEqual(sharesOf(assign(name, one.partitionCounts, membersOf(one))), javaShares(one));
  });
}

function isUniform(one: JavaCase): boolean {
  return new Set(membersOf(one).map(({ topics }) => topics.join())).size === 1;
}

function unevenness(shares: Readonly<Record<string, readonly string[]>>): number {
  return Object.values(shares).reduce((sum, { length }) => sum + length ** 2, 0);
}

function claims({ owned, userData }: MemberSubscription): readonly TopicPartition[] {
  return owned.length > 0 || userData === null || userData.length === 4
    ? owned
    : decodeStickyUserData(userData).partitions;
}

/** How many partitions stay where they were. */
function keptBy(members: readonly MemberSubscription[], shares: Readonly<Record<string, readonly string[]>>): number {
  return members.reduce((count, member) => {
    const before = new Set(texts(claims(member)));
    return count + shares[member.memberId]!.filter(partition => before.has(partition)).length;
  }, 0);
}

const groups = fc
  .uniqueArray(fc.integer({ min: 0, max: 50 }), { minLength: 1, maxLength: 6 })
  .chain(ids =>
    fc.tuple(
      fc.constant(ids.map(id => `m${id}`)),
      fc.array(fc.subarray(['a', 'b', 'c'], { minLength: 1 }), { minLength: ids.length, maxLength: ids.length }),
      fc.record({ a: fc.nat(9), b: fc.nat(9), c: fc.nat(9) }),
    ),
  );

function member(
  memberId: string,
  topics: readonly string[],
  owned: readonly TopicPartition[] = [],
): MemberSubscription {
  const generationId = owned.length > 0 ? 3 : -1;
  return { memberId, groupInstanceId: null, topics, owned, generationId, rackId: null, userData: null };
}

test('cooperative-sticky settles: the second round gives out what the first took away, and a third changes nothing', t => {
  let moved = 0;
  fc.assert(
    fc.property(groups, fc.nat(5), ([ids, topics, counts], leaving) => {
      const first = settle(
        counts,
        ids.map((id, at) => member(id, topics[at]!)),
      );
      // One leaves and another comes.
      const rest = ids.filter((_, at) => at !== leaving % ids.length);
      const members = [...rest, 'newcomer'].map(id => {
        return member(id, topics[Math.max(0, ids.indexOf(id))]!, first.get(id)?.partitions ?? []);
      });
      const second = assign('cooperative-sticky', counts, members);
      const owners = new Map(members.flatMap(({ memberId, owned }) => owned.map(one => [texts([one])[0], memberId])));
      for (const [memberId, { partitions }] of second) {
        for (const partition of texts(partitions)) t.true([undefined, memberId].includes(owners.get(partition)));
      }
      const third = settle(counts, members);
      if (count(second) < count(third)) moved++;
      const again = members.map(one => member(one.memberId, one.topics, third.get(one.memberId)!.partitions));
      t.deepEqual(sharesOf(assign('cooperative-sticky', counts, again)), sharesOf(third));
      const wanted = new Set(members.flatMap(one => one.topics));
      t.is(
        count(third),
        Object.entries(counts).reduce((sum, [topic, n]) => sum + (wanted.has(topic) ? n : 0), 0),
      );
    }),
    { numRuns: 200 },
  );
  t.true(moved > 10, `${moved}`);
});

/** Rounds until nothing has to be given up any more, as a group does them. */
function settle(counts: Readonly<Record<string, number>>, members: readonly MemberSubscription[]): GroupAssignment {
  let assigned = assign('cooperative-sticky', counts, members);
  for (let round = 0; round < 3; round++) {
    assigned = assign(
      'cooperative-sticky',
      counts,
      members.map(({ memberId, topics }) => member(memberId, topics, assigned.get(memberId)!.partitions)),
    );
  }
  return assigned;
}

function count(assigned: GroupAssignment): number {
  return [...assigned.values()].reduce((sum, { partitions }) => sum + partitions.length, 0);
}

test('what a member claims from before a rebalance that it missed goes to who got it since', t => {
  const owned = [{ topic: 'a', partition: 0 }];
  const members = [
    { ...member('stale', ['a'], owned), generationId: 3 },
    { ...member('current', ['a'], owned), generationId: 4 },
  ];
  t.deepEqual(sharesOf(assign('cooperative-sticky', { a: 1 }, members)), { stale: [], current: ['a-0'] });
});

test('what two claim in the same generation goes to neither until they have let it go', t => {
  const owned = [{ topic: 'a', partition: 0 }];
  const members = [member('x', ['a'], owned), member('y', ['a'], owned)];
  t.deepEqual(sharesOf(assign('cooperative-sticky', { a: 1 }, members)), { x: [], y: [] });
});

test('a member that is too old to say its generation says it in the user data', t => {
  const assignor = new CooperativeStickyAssignor();
  t.is(hexOf(assignor.subscriptionUserData()), 'ffffffff');
  assignor.onAssignment({ partitions: [] }, { groupId: 'g', generationId: 7, memberId: 'm' });
  t.is(hexOf(assignor.subscriptionUserData()), '00000007');
  const owned = [{ topic: 'a', partition: 0 }];
  const members = [
    { ...member('x', ['a'], owned), generationId: -1, userData: bytesOf('00000007') },
    { ...member('y', ['a'], owned), generationId: 6 },
  ];
  t.deepEqual(sharesOf(assign('cooperative-sticky', { a: 1 }, members)), { x: ['a-0'], y: [] });
});

test('a member with eager and cooperative assignors is eager, so that a group can be moved over', t => {
  const protocolOf = (...names: AssignorName[]) => new MemberAssignors(resolveAssignors(names)).rebalanceProtocol;
  t.is(protocolOf('range', 'cooperative-sticky'), 'eager');
  t.is(protocolOf('cooperative-sticky'), 'cooperative');
  const own: PartitionAssignor = { name: 'own', protocols: ['cooperative'], assign: () => new Map() };
  t.throws(() => new MemberAssignors(resolveAssignors(['range', own])), {
    instanceOf: UsageError,
    message: /own is only cooperative/,
  });
});

test('assignors that cannot be meant are refused with what to do', t => {
  t.throws(() => resolveAssignors([]), { instanceOf: UsageError, message: /empty/ });
  t.throws(() => resolveAssignors(['stiky' as AssignorName]), {
    instanceOf: UsageError,
    message: /did you mean.*sticky/,
  });
  t.throws(() => resolveAssignors(['range', 'range']), { instanceOf: UsageError, message: /same name/ });
});

test('an assignor that forgets a member, or gives a partition twice, is told so before anybody reads from it', async t => {
  const partitions = [{ topic: 'a', partition: 0 }];
  const joined = {
    protocolName: 'own',
    members: ['x', 'y'].map(memberId => ({
      memberId,
      groupInstanceId: null,
      metadata: encodeSubscription({ topics: ['a'], owned: [] }),
    })),
  } as unknown as Parameters<MemberAssignors['share']>[0];
  const share = (assigned: GroupAssignment) => {
    const own: PartitionAssignor = { name: 'own', protocols: ['eager'], assign: () => assigned };
    return new MemberAssignors([own]).share(joined, () => Promise.resolve(new Map([['a', 1]])));
  };
  await t.throwsAsync(share(new Map([['x', { partitions }]])), { message: /left out member y/ });
  await t.throwsAsync(share(new Map(['x', 'y'].map(id => [id, { partitions }]))), { message: /gave a-0 to two/ });
  t.is(
    (
      await share(
        new Map([
          ['x', { partitions }],
          ['y', { partitions: [] }],
        ]),
      )
    ).length,
    2,
  );
});
