// A short form of `npm run simulate -- --seeds 1000`, and the proof that the simulation can fail.

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import { type FaultName, faultNames } from '../../core/simulation/faults.js';
import { simulatedRandom } from '../../core/simulation/random.js';
import { projectRoot } from '../architecture/source-files.js';
import { type LedgerEvent, ledgerEvents } from './ledger.js';
import type { PlantedBug } from './planted-bugs.js';
import { drawSchedule, type Schedule } from './schedule.js';
import { invariants, Simulation, type SimulationReport } from './simulation.js';

const seedCount = Number(process.env['MILLRACE_SIMULATION_SEEDS'] ?? 40);
const stepCount = 60;

function scheduleOf(seed: number): Schedule {
  return drawSchedule(String(seed), stepCount, simulatedRandom(`schedule ${seed}`));
}

test('the same schedule gives the same trace, byte for byte', async t => {
  for (const seed of [1, 2, 3]) {
    const [once, again] = [await new Simulation(scheduleOf(seed)).run(), await new Simulation(scheduleOf(seed)).run()];
    t.deepEqual(once.trace, again.trace);
    t.is(once.traceHash, again.traceHash);
  }
});

test(`every invariant holds in ${seedCount} seeds, and every fault that is promised happened`, async t => {
  t.timeout(20 * 60_000);
  const faults = new Map<FaultName, number>();
  const events = new Map<LedgerEvent, number>();
  let acknowledged = 0;
  for (let seed = 1; seed <= seedCount; seed++) {
    const report = await new Simulation(scheduleOf(seed)).run();
    t.is(report.broken, undefined, `seed ${seed}: ${report.broken?.error.message}`);
    acknowledged += report.acknowledgedCount;
    for (const name of faultNames) faults.set(name, (faults.get(name) ?? 0) + report.faults.get(name));
    for (const [event, count] of report.ledger) events.set(event, (events.get(event) ?? 0) + count);
  }
  t.log(`${acknowledged} acknowledged records; ${[...faults].map(([name, count]) => `${name} ${count}`).join(', ')}`);
  t.log(`transactions: ${[...events].map(([event, count]) => `${event} ${count}`).join(', ')}`);
  t.true(acknowledged > seedCount * 20);
  for (const event of ledgerEvents) t.true((events.get(event) ?? 0) > 0, `no "${event}" happened`);
  for (const name of faultNames) t.true((faults.get(name) ?? 0) > 0, `no "${name}" happened`);
});

const caughtBy: Readonly<Record<string, PlantedBug>> = {
  'only-sent-records-are-served': 'value-is-garbled',
  'offsets-have-no-gaps': 'reader-skips-a-record',
  'a-producer-keeps-its-order': 'client-sends-twice',
  'acknowledged-records-survive': 'flush-does-nothing',
  'what-was-read-is-never-taken-back': 'flush-does-nothing',
  'high-watermark-never-retreats': 'flush-does-nothing',
  'log-start-moves-only-when-asked': 'old-segment-is-lost',
  'committed-offsets-survive': 'flush-does-nothing',
  'topics-survive': 'metadata-flush-does-nothing',
  'a-group-skips-nothing': 'member-drops-a-record',
  'no-aborted-record-is-read': 'reader-ignores-aborts',
  'a-committed-transaction-is-whole': 'reader-skips-a-record',
  'last-stable-offset-never-retreats': 'ledger-flush-does-nothing',
  'a-fenced-producer-never-writes': 'zombie-writes-anyway',
};

for (const invariant of invariants) {
  test(`${invariant.name} catches the bug planted for it`, async t => {
    const plantedBug = caughtBy[invariant.name]!;
    let report: SimulationReport | undefined;
    for (let seed = 1; seed <= 30 && report?.broken?.error.invariant !== invariant.name; seed++) {
      report = await new Simulation(scheduleOf(seed), { plantedBug, invariants: [invariant] }).run();
    }
    t.is(report?.broken?.error.invariant, invariant.name);
  });
}

test('every schedule that once failed is kept, and passes', async t => {
  const folder = join(projectRoot, 'test/simulation/schedules');
  for (const name of readdirSync(folder).filter(entry => entry.endsWith('.json'))) {
    const report = await new Simulation(JSON.parse(readFileSync(join(folder, name), 'utf8')) as Schedule).run();
    t.is(report.broken, undefined, `${name}: ${report.broken?.error.message}`);
  }
  t.pass();
});
