import { writeSync } from 'node:fs';
import { simulatedRandom } from './ports/random.js';
import { drawSchedule } from './schedule.js';
import { Simulation } from './simulation.js';
for (let s = Number(process.argv[2]); s < Number(process.argv[3]); s++) {
  writeSync(1, `${s} `);
  const r = await new Simulation(drawSchedule(String(s), 60, simulatedRandom(`schedule ${s}`))).run();
  if (r.broken) writeSync(1, `\n${r.broken.error.message}\n`);
}
