// Every boundary of a run of 50 records, for each guarantee, and bugs put in on purpose that the explorer must find.

import test, { type ExecutionContext } from 'ava';
import { int64, string, topic } from '../../core/index.js';
import { runApp, topology } from '../../streams/index.js';
import { RunningApp } from '../../streams/runtime/running-app.js';
import { CrashRun, type LeftMachine } from '../../streams/testing/crash-run.js';
import {
  type CrashFailure,
  type CrashReport,
  type CrashScenario,
  exploreCrashes,
} from '../../streams/testing/index.js';
import { SharedRestarts } from '../../streams/testing/shared-restarts.js';
import { planted } from './exactly-once/planted-bugs.js';

const lines = topic('lines');
const totals = topic('totals', { value: int64 });
const words = ['to', 'be', 'or', 'not', 'question'];

/** Words of lines, repartitioned, counted in a store on disk. */
function wordCount() {
  const build = topology('explored');
  build
    .stream(lines)
    .flatMapValues(line => line.split(' '), { name: 'words' })
    .groupBy(word => word, { name: 'by-word', key: string, value: string })
    .count({ name: 'counts' })
    .toStream()
    .to(totals);
  return build;
}

/** Counted where they are: what is done again finds the state that belongs to it. */
function keyCount() {
  const build = topology('explored');
  build.stream(lines).groupByKey().count({ name: 'counts' }).toStream().to(totals);
  return build;
}

const input = Array.from({ length: 50 }, (_, index) => ({
  topic: lines,
  key: `key-${index % 3}`,
  value: `${words[index % 5]} ${words[(index * 2 + 1) % 5]}`,
  timestamp: 1_000 + index,
}));

const scenario = { input, partitions: 2, recordsPerArrival: 25 };

function assertVisitedAll(t: ExecutionContext, report: CrashReport): void {
  const { boundaries, boundariesByKind, crashes, restarts, faults, outputRecords } = report;
  t.log(
    `${crashes} crashes, ${restarts} restarts, ${boundaries} boundaries (${JSON.stringify(boundariesByKind)}), ${outputRecords} records out`,
  );
  t.log(
    [...faults]
      .filter(([, count]) => count > 0)
      .map(([name, count]) => `${name} ${count}`)
      .join(', '),
  );
  for (const [kind, count] of Object.entries(boundariesByKind)) t.true(count > 10, `${count} of ${kind}`);
  t.is(
    Object.values(boundariesByKind).reduce((sum, count) => sum + count),
    boundaries,
  );
  t.is(crashes, 2 * boundaries);
  t.true(restarts > boundaries / 4 && restarts < crashes, `${restarts} restarts`);
  for (const fault of ['lost write', 'torn write', 'lost rename'] as const) t.true(faults.get(fault)! > 0, fault);
}

for (const [guarantee, promise] of [
  ['at_least_once', 'loses one'],
  ['exactly_once', 'loses or repeats one'],
] as const) {
  test(`${guarantee}: no crash at any boundary of a run of 50 records ${promise}`, async t => {
    t.timeout(20 * 60_000);
    const report = await exploreCrashes({ ...scenario, topology: wordCount(), guarantee });
    assertVisitedAll(t, report);
    t.is(report.outputRecords, 100);
    t.deepEqual(report.failures, []);
  });
}

test('the same seed explores the same boundaries, another one others', async t => {
  const explore = (seed: number) =>
    exploreCrashes({
      ...scenario,
      input: input.slice(0, 5),
      topology: keyCount(),
      guarantee: 'at_least_once',
      seed,
      crashes: [],
    });
  const [once, again, other] = [await explore(1), await explore(1), await explore(2)];
  t.deepEqual(once, again);
  t.is(once.crashes, 0);
  t.true(other.boundaries > 50);
});

test('a topology whose run is not the same each time is a failure', async t => {
  t.timeout(600_000);
  let lives = 0;
  const { boundaries, crashes, failures } = await exploreCrashes({
    ...scenario,
    input: input.slice(0, 5),
    topology: keyCount(),
    guarantee: 'at_least_once',
    crashes: ['kill'],
    // Only the first life asks for this.
    start: async (topology, options) => {
      if (lives++ === 0) await options.log.admin().describeCluster();
      return await runApp(topology, options);
    },
  });
  t.log(shown(failures));
  t.true(crashes < boundaries);
  t.regex(failures.at(-1)!.message, /^the run is not the same each time: it came to [a-z]+ .+ instead/);
});

test('deaths that share a restart would come to the same end each on its own', async t => {
  t.timeout(600_000);
  const small: CrashScenario = {
    ...scenario,
    input: input.slice(0, 3),
    topology: keyCount(),
    guarantee: 'exactly_once',
  };
  const known = new SharedRestarts();
  const endOf = async (left: LeftMachine): Promise<{ end: string; seen: readonly string[] }> => {
    const run = new CrashRun(small, left);
    const { outputs, changelogs, stores } = await run.finish();
    return { end: JSON.stringify([[...outputs], [...changelogs], stores]), seen: run.seen };
  };
  let deaths: LeftMachine[] = [];
  let [shared, compared] = [0, 0];
  await new CrashRun(small, await new CrashRun(small).prepare()).work({
    visit: (_boundary, index, dieHere) => {
      if (index % 6 === 0) deaths.push(dieHere('kill'), dieHere('power cut'));
    },
    between: async () => {
      const left = deaths;
      deaths = [];
      for (const machine of left) {
        const found = known.find(machine);
        if (found !== undefined && shared++ % 5 !== 0) continue;
        const { end, seen } = await endOf(machine);
        if (found === undefined) known.add(machine, seen, end);
        else {
          t.is(found.message, end);
          compared++;
        }
      }
    },
  });
  t.log(`${known.count} restarts, ${shared} shared, ${compared} of these compared`);
  t.true(compared > 5 && known.count > compared);
});

/** The app with a bug of `planted-bugs.ts` in it, on a small run that dies by power cuts only. */
async function explorePlanted(bug: string, guarantee: CrashScenario['guarantee']): Promise<CrashReport> {
  return await exploreCrashes({
    ...scenario,
    input: input.slice(0, 10),
    crashes: ['power cut'],
    topology: keyCount(),
    guarantee,
    start: async (topology, options) => {
      const plan = topology.build();
      const parts = { plan, applicationId: plan.name, log: options.log, ownsLog: false, options };
      const app = new RunningApp({ ...parts, plants: planted(bug) });
      await app.start();
      return app;
    },
  });
}

function shown(failures: readonly CrashFailure[]): string {
  const lines = failures.map(
    ({ crash, index, boundary, message }) => `${crash} at ${index}, ${boundary.kind} ${boundary.what}: ${message}`,
  );
  return lines.slice(0, 3).join('\n');
}

test('at least once: it catches offsets that are committed before the output is flushed', async t => {
  t.timeout(600_000);
  const { failures } = await explorePlanted('commit-before-flush', 'at_least_once');
  t.log(shown(failures));
  t.true(failures.some(({ message }) => message.startsWith('lost: totals-')));
});

test('exactly once: it catches a store that is written before the transaction is committed', async t => {
  t.timeout(600_000);
  const { failures } = await explorePlanted('store-before-commit', 'exactly_once');
  t.log(shown(failures));
  t.true(failures.some(({ message }) => /^(different|repeated): /.test(message)));
});
