// npm run simulate -- [--seed N] [--seeds COUNT] [--steps M] [--trace] [--schedule FILE] [--keep FILE] [--keep-going]
// Runs one seed, or COUNT seeds from N on, and prints what happened. Exits 1 at the first invariant that does not hold (with --keep-going,
// after all seeds), with the schedule written to FILE (default: dist/failed-schedule.json), so that it can be run again and kept in
// test/simulation/schedules.

import { readFileSync, writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { faultNames } from '../../core/simulation/faults.js';
import { simulatedRandom } from '../../core/simulation/random.js';
import { drawSchedule, type Schedule } from './schedule.js';
import { Simulation, type SimulationReport } from './simulation.js';

const { values } = parseArgs({
  options: {
    seed: { type: 'string', default: '1' },
    seeds: { type: 'string', default: '1' },
    steps: { type: 'string', default: '100' },
    trace: { type: 'boolean', default: false },
    schedule: { type: 'string' },
    'keep-going': { type: 'boolean', default: false },
    keep: { type: 'string', default: 'dist/failed-schedule.json' },
  },
});

const totals = new Map<string, number>();

for (const schedule of schedules()) {
  const report = await new Simulation(schedule, { hasStacks: values.trace }).run();
  if (values.trace) for (const line of report.trace) console.log(line);
  addUp(report);
  if (report.broken !== undefined) {
    writeFileSync(values.keep, `${JSON.stringify(schedule, null, 1)}\n`);
    console.error(`seed ${schedule.seed}, step ${report.broken.step}: ${report.broken.error.message}`);
    console.error(`the schedule is in ${values.keep}: npm run simulate -- --schedule ${values.keep} --trace`);
    process.exitCode = 1;
    if (!values['keep-going']) process.exit();
  }
  if (values.seeds === '1') console.log(`seed ${schedule.seed}: trace ${report.traceHash}`);
}
for (const [name, count] of totals) console.log(`${name}: ${count}`);

function* schedules(): Generator<Schedule> {
  if (values.schedule !== undefined) {
    yield JSON.parse(readFileSync(values.schedule, 'utf8')) as Schedule;
    return;
  }
  for (let seed = Number(values.seed); seed < Number(values.seed) + Number(values.seeds); seed++) {
    yield drawSchedule(String(seed), Number(values.steps), simulatedRandom(`schedule ${seed}`));
  }
}

function addUp(report: SimulationReport): void {
  const add = (name: string, count: number): void => void totals.set(name, (totals.get(name) ?? 0) + count);
  add('runs', 1);
  add('steps', report.trace.length);
  add('acknowledged records', report.acknowledgedCount);
  add('records read', report.readCount);
  add('restarts', report.restartCount);
  for (const name of faultNames) add(name, report.faults.get(name));
}
