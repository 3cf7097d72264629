import test from 'ava';
import type { MemberSubscription, TopicPartition } from '../../core/index.js';
import { string, topic } from '../../core/index.js';
import { topology, tumbling } from '../../streams/index.js';
import { assignmentUnits, type UnitGroup } from '../../streams/runtime/assignment-units.js';
import { shareTasks } from '../../streams/runtime/task-assignor.js';

type Shares = ReadonlyMap<string, readonly string[]>;

const nameOf = ({ topic: name, partition }: TopicPartition) => `${name}-${partition}`;

function unitsOf(topics: readonly (readonly string[])[], partitions: number): UnitGroup[] {
  return topics.map(group =>
    Array.from({ length: partitions }, (_, partition) => ({
      partitions: group.map(name => ({ topic: name, partition })),
      weight: 1,
    })),
  );
}

function share(units: readonly UnitGroup[], owned: Shares, generations: Readonly<Record<string, number>> = {}): Shares {
  const members = Array.from(owned, ([memberId, names]): MemberSubscription => {
    const partitions = names.map(name => ({ topic: name.slice(0, -2), partition: Number(name.slice(-1)) }));
    const generationId = generations[memberId] ?? 7;
    return {
      memberId,
      groupInstanceId: null,
      topics: [],
      owned: partitions,
      generationId,
      rackId: null,
      userData: null,
    };
  });
  return new Map(Array.from(shareTasks(units, members), ([id, { partitions }]) => [id, partitions.map(nameOf)]));
}

/** Rounds until nothing is held back any more, as a cooperative group goes through them. */
function settle(units: readonly UnitGroup[], owned: Shares): { shares: Shares; moved: number; rounds: number } {
  const before = owned;
  for (let rounds = 1; ; rounds++) {
    const shares = share(units, owned);
    const count = [...shares.values()].reduce((sum, names) => sum + names.length, 0);
    const all = units.flat().reduce((sum, unit) => sum + unit.partitions.length, 0);
    owned = shares;
    if (count < all && rounds < 5) continue;
    let moved = 0;
    for (const [id, names] of before) moved += names.filter(name => !shares.get(id)?.includes(name)).length;
    return { shares, moved, rounds };
  }
}

const two = unitsOf([['orders', 'users'], ['counts']], 4);

test('a single instance gets everything, and partitions of one task stay together', t => {
  const { shares } = settle(two, new Map([['a', []]]));
  t.is(shares.get('a')!.length, 12);
  const { shares: halves } = settle(
    two,
    new Map([
      ['a', []],
      ['b', []],
    ]),
  );
  for (const names of halves.values()) {
    t.is(names.length, 6);
    for (const name of names.filter(each => each.startsWith('orders')))
      t.true(names.includes(name.replace('orders', 'users')));
  }
});

test('what moves to a newcomer is held back until its owner has let go of it', t => {
  const { shares: alone } = settle(two, new Map([['a', []]]));
  const joined = new Map([...alone, ['b', []]]);
  const first = share(two, joined);
  t.deepEqual(first.get('b'), []);
  t.is(first.get('a')!.length, 6);
  const second = share(two, first);
  t.deepEqual(second.get('a'), first.get('a'));
  t.is(second.get('b')!.length, 6);
});

test('only what must move moves: joins and leaves at random', t => {
  let seed = 1;
  const below = (bound: number) => (seed = (seed * 48_271) % 2_147_483_647) % bound;
  let owned: Shares = new Map([['m0', []]]);
  let next = 1;
  let moves = 0;
  for (let step = 0; step < 200; step++) {
    const ids = [...owned.keys()];
    if (ids.length < 2 || (ids.length < 5 && below(2) === 0)) owned = new Map([...owned, [`m${next++}`, []]]);
    else {
      const gone = ids[below(ids.length)];
      owned = new Map([...owned].filter(([id]) => id !== gone));
    }
    const { shares, moved, rounds } = settle(two, owned);
    t.true(rounds <= 2);
    const loads = [...shares.values()].map(names => names.filter(name => !name.startsWith('users')).length);
    t.true(Math.max(...loads) - Math.min(...loads) <= 1, `unequal: ${loads.join(' ')}`);
    // Nobody gives up a task as long as it has no more than its part.
    const part = Math.floor(8 / shares.size);
    for (const [id, names] of owned) {
      const tasks = names.filter(name => !name.startsWith('users'));
      const kept = tasks.filter(name => shares.get(id)!.includes(name));
      t.true(kept.length >= Math.min(tasks.length, part));
    }
    moves += moved;
    owned = shares;
    t.deepEqual(settle(two, owned).moved, 0, 'a rebalance without a reason moves something');
  }
  t.true(moves > 0);
});

test('what a member of an earlier generation claims is not its own any more', t => {
  const owned = new Map([
    ['late', ['counts-0', 'counts-1', 'counts-2', 'counts-3']],
    ['now', []],
  ]);
  const shares = share(unitsOf([['counts']], 4), owned, { late: 3 });
  t.is(shares.get('late')!.length, 2);
  t.is(shares.get('now')!.length, 2);
});

test('time-ordered, what feeds a repartition topic stays in one instance, and the rest is shared', t => {
  const build = topology('ordered');
  build
    .stream(topic('lines'))
    .groupBy(value => value, { key: string })
    .windowedBy(tumbling('1s', { grace: 0 }))
    .count({ name: 'counted' });
  const counts = new Map([
    ['lines', 4],
    ['ordered-counted-repartition', 4],
  ]);
  const real = (name: string) => (name === 'lines' ? name : `ordered-${name}`);
  t.deepEqual(
    assignmentUnits(build.build(), 'spread', real, counts).map(group => group.length),
    [4, 4],
  );
  const units = assignmentUnits(build.build(), 'time-ordered', real, counts);
  t.deepEqual(
    units.map(group => group.map(({ weight }) => weight)),
    [[4], [1, 1, 1, 1]],
  );
  const { shares } = settle(
    units,
    new Map([
      ['a', []],
      ['b', []],
    ]),
  );
  t.deepEqual(
    [...shares.values()].map(names => names.length),
    [4, 4],
  );
});
