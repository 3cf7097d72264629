import { appendFileSync } from 'node:fs';
import test from 'ava';
import { runPipeline } from '../../../connect/pipeline/index.js';
import { quiet, Scratch } from './scratch.js';

const late = `
name: late
source:
  file: { file: '{DIR}/flights.csv', mode: once, csv.types: 'delay:number' }
steps:
  - filter: delay > 10
  - map:
      route: origin & '-' & destination
      delay: delay
sink:
  file: { directory: '{DIR}/out' }
`;

test('a file goes through a filter and a map into files, and what was written is not written again', async t => {
  const scratch = new Scratch(t);
  const csv = scratch.write('flights.csv', 'origin,destination,delay\nABQ,DAL,5\nABQ,LAX,12\nSFO,JFK,60\n');
  const pipeline = await scratch.load(late);
  const { read, written, sunk, failed, outcome } = await runPipeline(pipeline, { logger: quiet });
  t.deepEqual({ read, written, sunk, failed, outcome }, { read: 3, written: 2, sunk: 2, failed: 0, outcome: 'done' });
  const first = [
    { route: 'ABQ-LAX', delay: 12 },
    { route: 'SFO-JFK', delay: 60 },
  ];
  t.deepEqual(scratch.lines('out'), first);

  appendFileSync(csv, 'LAX,SFO,11\n');
  const again = await runPipeline(pipeline, { logger: quiet });
  t.is(again.read, 1);
  t.deepEqual(scratch.lines('out'), [...first, { route: 'LAX-SFO', delay: 11 }]);
});
