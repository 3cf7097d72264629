// Instances of one application: what they share, and that nobody sees from the results how many there were.

import test, { type ExecutionContext } from 'ava';
import { int64, type Log, openLog, string, topic } from '../../core/index.js';
import { leaveGroup } from '../../core/protocol/13-leave-group.js';
import { type AppOptions, runApp, type Topology, topology, tumbling, windowed } from '../../streams/index.js';
import { RunningApp } from '../../streams/runtime/running-app.js';
import { type CommitWork, TaskCommit } from '../../streams/runtime/task-commit.js';
import { testInEveryPlace } from '../core/places.js';
import { planted } from './exactly-once/planted-bugs.js';
import { createTopics, eventually, lines, produce, readAll, start } from './running.js';

const counts = topic('counts', { value: int64 });
const perWindow = topic('per-window', { key: windowed(string, 1_000), value: int64 });

/** Lines over four partitions, those of each in order of time; counted by word in windows, behind a repartition. */
function windowCounts(): Topology {
  const build = topology('windows');
  build
    .stream(lines)
    .groupBy(value => value, { key: string })
    .windowedBy(tumbling('1s', { grace: 0 }))
    .count({ name: 'per-word', emit: 'close' })
    .toStream()
    .to(perWindow);
  return build;
}

const rows = Array.from({ length: 2_000 }, (_, index) => ({
  key: `k${(index * 7) % 23}`,
  value: `w${index % 11}`,
  timestamp: index * 10,
}));

/** Starts both at once, so that neither has done all the work before the other comes. */
async function finishTogether(log: Log, build: () => Topology, options: Partial<AppOptions>) {
  const apps = await Promise.all([1, 2].map(() => runApp(build(), { log, ...options })));
  return Promise.all(apps.map(app => app.finish()));
}

for (const processingGuarantee of ['at_least_once', 'exactly_once_v2'] as const) {
  testInEveryPlace(
    `two instances that finish together give what one gives, ${processingGuarantee}`,
    async (t, place) => {
      const log = await place.open();
      await createTopics(log, ['lines'], 4);
      await produce(log, lines, rows);
      const options = { processingGuarantee, sharing: 'time-ordered' } as const;
      const summaries = await finishTogether(log, windowCounts, options);
      t.is(sum(summaries, 'recordsIn'), 2_000);
      t.is(sum(summaries, 'recordsRepartitioned'), 2_000);
      t.is(sum(summaries, 'lateRecords'), 0);
      const found = await readAll(log, perWindow);
      t.is(found.length, 20 * 11, 'a window was closed twice, or not at all');
      t.deepEqual(
        found.reduce((total, { value }) => total + value!, 0),
        2_000,
      );
      // What comes after the end is counted behind it, by whatever instance.
      await produce(log, lines, [{ key: 'k', value: 'w0', timestamp: 30_000 }]);
      await finishTogether(log, windowCounts, options);
      t.is((await readAll(log, perWindow)).length, 20 * 11 + 1);
    },
  );
}

testInEveryPlace('instances that start at once create their topics once', async (t, place) => {
  const log = await place.open();
  await createTopics(log, ['lines'], 4);
  const apps = await Promise.all([1, 2, 3].map(() => start(t, windowCounts(), { log })));
  await eventually(log, async () => apps.reduce((total, app) => total + app.metrics().tasks, 0) === 8);
  await eventually(log, async () => apps.every(app => app.metrics().tasks >= 2));
  await using admin = log.admin();
  const [changelog, repartition] = await admin.describeTopics([
    'windows-per-word-changelog',
    'windows-per-word-repartition',
  ]);
  t.is(changelog!.partitions.length, 4);
  t.is(repartition!.partitions.length, 4);
});

test('an internal topic of another width is refused before anything is created', async t => {
  const log = await openLog('memory:');
  t.teardown(() => log.close());
  await createTopics(log, ['lines'], 4);
  await createTopics(log, ['windows-per-word-changelog'], 3);
  await t.throwsAsync(runApp(windowCounts(), { log }), {
    message:
      /windows-per-word-changelog has 3 partitions and the topology needs 4.*Use another applicationId, or delete/s,
  });
  await using admin = log.admin();
  t.deepEqual(
    (await admin.listTopics()).map(({ name }) => name),
    ['lines', 'windows-per-word-changelog'],
  );
});

test('internal topics have the configs that Kafka Streams gives them', async t => {
  const log = await openLog('memory:');
  t.teardown(() => log.close());
  await createTopics(log, ['lines'], 2);
  const build = windowCounts();
  build.stream(lines).groupByKey().count({ name: 'total' });
  await (await runApp(build, { log })).close();
  await using admin = log.admin();
  const set = async (name: string) => {
    const configs = await admin.describeConfigs(name);
    return Object.fromEntries(configs.filter(({ isDefault }) => !isDefault).map(each => [each.name, each.value]));
  };
  t.like(await set('windows-per-word-changelog'), { 'cleanup.policy': 'compact,delete', 'retention.ms': '86401000' });
  t.like(await set('windows-total-changelog'), { 'cleanup.policy': 'compact' });
  t.like(await set('windows-per-word-repartition'), {
    'cleanup.policy': 'delete',
    'retention.ms': '-1',
    'segment.bytes': '52428800',
  });
});

test('an unknown guarantee or way of sharing is refused with the nearest', async t => {
  // @ts-expect-error no such guarantee
  await t.throwsAsync(runApp(windowCounts(), { log: 'memory:', processingGuarantee: 'exactly-once' }), {
    message: /"exactly-once" is none of at_least_once, exactly_once.*did you mean "exactly_once"/s,
  });
});

/** Waits where offsets are committed, while it is told to. */
class GatedCommit extends TaskCommit {
  static gate: Promise<void> | undefined;
  static isWaiting = false;

  protected override async commitOffsets(work: CommitWork): Promise<void> {
    GatedCommit.isWaiting = GatedCommit.gate !== undefined;
    await GatedCommit.gate;
    await super.commitOffsets(work);
  }
}

/**
 * An instance is held up in the middle of a commit, as by a long pause of its process; the group expels it and another takes over; and then the
 * first goes on. Returns the results of each key, in order.
 */
async function runZombie(t: ExecutionContext, bug: string | undefined): Promise<Map<string, number[]>> {
  const log = await openLog('memory:');
  t.teardown(() => log.close());
  await createTopics(log, ['lines', 'counts'], 2);
  const build = () => {
    const of = topology('zombie');
    of.stream(lines).groupByKey().count({ name: 'totals' }).toStream().to(counts);
    return of;
  };
  const options = { log, processingGuarantee: 'exactly_once', transactionTimeout: '60s' } as const;
  const parts = { plan: build().build(), applicationId: 'zombie', log, ownsLog: false, options };
  const zombie = new RunningApp({
    ...parts,
    plants: { ...planted(bug), createCommit: of => new GatedCommit(of) },
  });
  GatedCommit.gate = undefined;
  await zombie.start();
  await produce(log, lines, rows.slice(0, 100));
  await eventually(log, async () => zombie.metrics().commits > 0 && zombie.metrics().recordsIn === 100);
  let open = () => {};
  GatedCommit.gate = new Promise(resolve => (open = resolve));
  GatedCommit.isWaiting = false;
  await produce(log, lines, rows.slice(100, 200));
  await eventually(log, async () => GatedCommit.isWaiting);
  await expel(log, 'zombie');
  const successor = new RunningApp(parts);
  const started = successor.start();
  // It knows the committed offsets, and waits for the end of the transaction that stands open in the changelog.
  await eventually(log, async () => successor.state.kind === 'restoring');
  GatedCommit.gate = undefined;
  open();
  await started;
  await Promise.all([zombie.finish(), successor.finish()]);
  const sequences = new Map<string, number[]>();
  for (const { key, value } of await readAll(log, counts)) {
    sequences.set(key!, [...(sequences.get(key!) ?? []), value!]);
  }
  return sequences;
}

async function expel(log: Log, groupId: string): Promise<void> {
  await using admin = log.admin();
  const [group] = await admin.describeGroups([groupId]);
  const connection = await log.connect();
  const members = group!.members.map(({ memberId }) => ({ memberId, groupInstanceId: null, reason: null }));
  await connection.send(leaveGroup, leaveGroup.request({ groupId, members }));
}

function isCountedOnce(sequences: ReadonlyMap<string, readonly number[]>): boolean {
  const total = [...sequences.values()].reduce((all, sequence) => all + sequence.length, 0);
  return total === 200 && [...sequences.values()].every(sequence => sequence.every((value, at) => value === at + 1));
}

test.serial('an instance that was thought dead and goes on adds nothing to what its successor does', async t => {
  const sequences = await runZombie(t, undefined);
  t.true(isCountedOnce(sequences), JSON.stringify([...sequences]));
});

test.serial('a planted bug is seen: without-fencing', async t => {
  const sequences = await runZombie(t, 'without-fencing');
  t.false(isCountedOnce(sequences));
});

function sum<Name extends string>(summaries: readonly Readonly<Record<Name, number>>[], name: Name): number {
  return summaries.reduce((total, summary) => total + summary[name], 0);
}
