import { appendFileSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import { runPipeline } from '../../../connect/pipeline/index.js';
import { quiet } from '../quiet.js';
import { Scratch } from './scratch.js';

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

test('a record of several MiB, and whole numbers larger than a double holds, come through as they are', async t => {
  const scratch = new Scratch(t);
  const long = 'x'.repeat(900_000);
  scratch.write('in.jsonl', `{"id":9007199254740993,"text":"${long}"}\n{"id":2,"text":""}\n`);
  const pipeline = await scratch.load(`
name: large
source: { file: { file: '{DIR}/in.jsonl', mode: once } }
steps: [{ map: { id: id, a: text, b: text, c: text, d: text } }]
sink: { file: { directory: '{DIR}/out' } }
`);
  t.like(await runPipeline(pipeline, { logger: quiet }), { read: 2, sunk: 2 });
  const [name] = readdirSync(scratch.file('out')).filter(each => each.endsWith('.jsonl'));
  const text = readFileSync(join(scratch.file('out'), name!), 'utf8');
  const fields = (value: string) => ['a', 'b', 'c', 'd'].map(field => `"${field}":"${value}"`).join();
  t.true(text === `{"id":9007199254740993,${fields(long)}}\n{"id":2,${fields('')}}\n`);
});

test('a lookup into records that have no key, or not the field that is named, says so', async t => {
  const scratch = new Scratch(t);
  scratch.write('in.jsonl', '{"id":1,"customer":"a"}\n');
  scratch.write('customers.csv', 'id,city\na,Bern\n');
  const looking = (by: string) => `
name: looking
source: { file: { file: '{DIR}/in.jsonl', mode: once } }
steps: [{ lookup: { key: customer, from: { file: { file: '{DIR}/customers.csv' } }${by} } }]
sink: { file: { directory: '{DIR}/out' } }
`;
  const fails = async (by: string, message: RegExp) =>
    t.throwsAsync(runPipeline(await scratch.load(looking(by)), { logger: quiet }), { message });
  await fails('', /lookup "lookup": .* has no keys: say by: FIELD, of id, city/);
  await fails(', by: idd', /by: no record has a field "idd" \(did you mean "id"\?\)/);
});

test('a record that does not fit into the log is a bad record, whatever becomes of those', async t => {
  const scratch = new Scratch(t);
  scratch.write('in.jsonl', `{"id":1,"text":"${'x'.repeat(900_000)}"}\n{"id":2,"text":""}\n`);
  const large = (name: string, rest: string) => `
name: ${name}
source: { file: { file: '{DIR}/in.jsonl', mode: once } }
steps: [{ map: { id: id, a: text, b: text, c: text, d: text, e: text } }]
sink: { file: { directory: '{DIR}/${name}' } }
${rest}
`;
  const stopped = await t.throwsAsync(runPipeline(await scratch.load(large('stop', '')), { logger: quiet }));
  t.regex(stopped.message, /a value of 4500\d+ bytes: a pipeline carries up to 4128768.*errors: skip/s);
  const skipped = await runPipeline(await scratch.load(large('skip', 'errors: skip')), { logger: quiet });
  t.like(skipped, { read: 2, sunk: 1, failed: 1 });
  t.is(scratch.lines('skip').length, 1);
  const errors = `errors: { file: { directory: '{DIR}/bad' } }`;
  const kept = await runPipeline(await scratch.load(large('keep', errors)), { logger: quiet });
  t.like(kept, { read: 2, sunk: 1, failed: 1 });
  t.like(scratch.lines('bad')[0], { stage: 'VALUE_CONVERTER', value: { id: 1 } });
});
