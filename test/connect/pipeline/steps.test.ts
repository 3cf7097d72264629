import { appendFileSync } from 'node:fs';
import test from 'ava';
import { runPipeline } from '../../../connect/pipeline/index.js';
import { quiet } from '../quiet.js';
import { Scratch } from './scratch.js';

function jsonl(values: readonly unknown[]): string {
  return values.map(value => `${JSON.stringify(value)}\n`).join('');
}

/** A pipeline from in.jsonl to out/ with these steps. */
function withSteps(steps: string, rest = ''): string {
  return `
name: trial
source: { file: { file: '{DIR}/in.jsonl', mode: once } }
sink: { file: { directory: '{DIR}/out', content: record } }
${rest}
steps:
${steps}
`;
}

interface Written {
  readonly key: unknown;
  readonly value: unknown;
  readonly timestamp: number;
}

async function through(scratch: Scratch, pipeline: string): Promise<readonly Written[]> {
  await runPipeline(await scratch.load(pipeline), { logger: quiet });
  return scratch.lines('out') as Written[];
}

test('expressions make values, keys, times and several records of one', async t => {
  const scratch = new Scratch(t);
  scratch.write(
    'in.jsonl',
    jsonl([
      { id: 7, at: '2026-01-02T03:04:05Z', items: [{ n: 1 }, { n: 2 }] },
      { id: 8, at: 5, items: [] },
    ]),
  );
  const written = await through(
    scratch,
    withSteps(`
  - key: "'order-' & $string(id)"
  - timestamp: at
  - flatMap: "items.{ 'n': n, 'of': %.id }"
  - map: { n: n * 10, all: [n, of], nothing: nowhere, fixed: 3, nested: { key: $key } }
`),
  );
  t.deepEqual(
    written.map(({ key, value, timestamp }) => ({ key, value, timestamp })),
    [1, 2].map(n => ({
      key: 'order-7',
      value: { n: n * 10, all: [n, 7], fixed: 3, nested: { key: 'order-7' } },
      timestamp: Date.UTC(2026, 0, 2, 3, 4, 5),
    })),
  );
});

test('functions of a module are called in the order of the records, one after the other, promises or not', async t => {
  const scratch = new Scratch(t);
  scratch.write(
    'steps.mjs',
    `
let calls = 0;
export async function numbered(value) {
  const call = ++calls;
  await new Promise(resolve => setTimeout(resolve, call === 1 ? 20 : 0));
  return call === calls ? { ...value, call } : { wrong: true };
}
export default (value, record) => (value.n === 2 ? undefined : { ...value, topic: typeof record.topic });
`,
  );
  scratch.write('in.jsonl', jsonl([{ n: 1 }, { n: 2 }, { n: 3 }]));
  const written = await through(scratch, withSteps('  - ./steps.mjs#numbered\n  - ./steps.mjs'));
  t.deepEqual(
    written.map(({ value }) => value),
    [
      { n: 1, call: 1, topic: 'undefined' },
      { n: 3, call: 3, topic: 'undefined' },
    ],
  );
});

test('what does not fit a schema, or breaks a step, goes to the errors with its cause, and the rest goes on', async t => {
  const scratch = new Scratch(t);
  scratch.write('in.jsonl', `${jsonl([{ n: 1 }, { n: 'two' }])}not json\n${jsonl([{ n: 3 }, { n: 40 }])}`);
  const written = await through(
    scratch,
    withSteps(
      `
  - name: numbers
    validate: { type: object, properties: { n: { type: integer } }, required: [n] }
  - name: small
    map: "n > 9 ? $error('too large') : $"
`,
      `errors: { file: { directory: '{DIR}/errors' } }`,
    ),
  );
  t.deepEqual(
    written.map(({ value }) => value),
    [{ n: 1 }, { n: 3 }],
  );
  const errors = scratch.lines('errors') as {
    stage: string;
    step: string;
    error: string;
    value: unknown;
    position: object;
  }[];
  t.deepEqual(
    errors
      .map(({ stage, step, value }) => ({ stage, step, value }))
      .toSorted((a, b) => String(a.step).localeCompare(String(b.step))),
    [
      { stage: 'TASK_POLL', step: null, value: 'not json' },
      { stage: 'TRANSFORMATION', step: 'numbers', value: { n: 'two' } },
      { stage: 'TRANSFORMATION', step: 'small', value: { n: 40 } },
    ],
  );
  const said = errors.map(({ error }) => error).join('\n');
  t.regex(said, /n: must be integer, and is "two"/);
  t.regex(said, /too large/);
  t.true(errors.some(({ position }) => Object.hasOwn(position, 'line')));
});

test('without errors: the first bad record stops the run with what to do, and nothing is lost for the next', async t => {
  const scratch = new Scratch(t);
  scratch.write('in.jsonl', jsonl([{ n: 1 }, { n: 40 }, { n: 3 }]));
  const steps = `  - map: "n > 9 ? $error('too large') : $"`;
  const error = await t.throwsAsync(through(scratch, withSteps(steps)));
  t.regex(error.message, /step "map": .*too large[\s\S]*\{"n":40\}[\s\S]*errors: skip/);
  const written = await through(scratch, withSteps(steps, 'errors: skip'));
  t.deepEqual(
    written.map(({ value }) => value),
    [{ n: 1 }, { n: 3 }],
  );
});

test('branches have sinks of their own, the first that holds takes the record, and a copy goes on', async t => {
  const scratch = new Scratch(t);
  scratch.write('in.jsonl', jsonl([{ status: 200 }, { status: 503 }, { status: 404 }, { status: 500 }]));
  const written = await through(
    scratch,
    withSteps(`
  - branch:
      - { name: all, when: status >= 400, copy: true, steps: [{ map: status }], sink: { file: { directory: '{DIR}/all' } } }
  - branch:
      - { name: broken, when: status >= 500, sink: { file: { directory: '{DIR}/broken' } } }
      - { name: missing, when: status >= 400, sink: { file: { directory: '{DIR}/missing' } } }
`),
  );
  t.deepEqual(
    written.map(({ value }) => value),
    [{ status: 200 }],
  );
  t.deepEqual(scratch.lines('all'), [503, 404, 500]);
  t.deepEqual(scratch.lines('broken'), [{ status: 503 }, { status: 500 }]);
  t.deepEqual(scratch.lines('missing'), [{ status: 404 }]);
});

test('what was seen is remembered over restarts, for as long and as many as was said', async t => {
  const scratch = new Scratch(t);
  const minute = (minutes: number, id: string) => ({ id, at: minutes * 60_000 });
  const pipeline = withSteps(`
  - timestamp: at
  - dedupe: { key: id, within: 10m, max: 3 }
`);
  const input = scratch.write('in.jsonl', jsonl([minute(1, 'a'), minute(2, 'b'), minute(3, 'a')]));
  await through(scratch, pipeline);
  appendFileSync(
    input,
    jsonl([
      minute(4, 'a'),
      minute(4, 'b'),
      minute(12, 'a'),
      minute(12, 'c'),
      minute(13, 'd'),
      minute(13, 'e'),
      minute(14, 'a'),
    ]),
  );
  const written = await through(scratch, pipeline);
  t.deepEqual(
    written.map(({ value }) => (value as { id: string }).id),
    // At minute 12 the first "a" is too old to count; at minute 13 "e" is the fourth key, so "a" is forgotten.
    ['a', 'b', 'a', 'c', 'd', 'e', 'a'],
  );
});

test('a lookup adds what a file says, and says what becomes of records for which it says nothing', async t => {
  const scratch = new Scratch(t);
  scratch.write('airports.csv', 'iata,city\nABQ,Albuquerque\nLAX,Los Angeles\n');
  const from = `from: { file: { file: '{DIR}/airports.csv' } }, by: iata`;
  scratch.write('in.jsonl', jsonl([{ origin: 'ABQ' }, { origin: 'XXX' }, { other: 1 }]));
  const nulls = await through(scratch, withSteps(`  - lookup: { key: origin, ${from}, as: airport }`));
  t.deepEqual(
    nulls.map(({ value }) => value),
    [
      { origin: 'ABQ', airport: { iata: 'ABQ', city: 'Albuquerque' } },
      { origin: 'XXX', airport: null },
      { other: 1, airport: null },
    ],
  );
  const dropping = new Scratch(t);
  dropping.write('airports.csv', 'iata,city\nABQ,Albuquerque\n');
  dropping.write('in.jsonl', jsonl([{ origin: 'ABQ' }, { origin: 'XXX' }]));
  const merged = await through(dropping, withSteps(`  - lookup: { key: origin, ${from}, missing: drop }`));
  t.deepEqual(
    merged.map(({ value }) => value),
    [{ origin: 'ABQ', iata: 'ABQ', city: 'Albuquerque' }],
  );
});

test("Kafka Connect's transforms are steps by their names", async t => {
  const scratch = new Scratch(t);
  scratch.write('in.jsonl', jsonl([{ id: 1, secret: 's' }]));
  const [written] = await through(
    scratch,
    withSteps(`
  - transform: { type: InsertField$Value, static.field: from, static.value: shop }
  - transform: { type: org.apache.kafka.connect.transforms.ReplaceField$Value, exclude: secret }
  - transform: { type: ValueToKey, fields: id }
`),
  );
  t.deepEqual([written!.key, written!.value], [{ id: 1 }, { id: 1, from: 'shop' }]);
});

test('whatever step a record breaks, it is told with the name of the step, and those beside it go on', async t => {
  const scratch = new Scratch(t);
  scratch.write(
    'in.jsonl',
    jsonl(
      ['filter', 'map', 'key', 'flat', 'time', 'rule', 'seen', 'way', 'look', 'fine'].map(bad => ({ bad, id: bad })),
    ),
  );
  const broken = (step: string) => `bad = '${step}' ? $error('no ${step}')`;
  const steps = `
  - { name: kept, filter: "${broken('filter')} : true" }
  - { name: made, map: { bad: bad, id: "${broken('map')} : id" } }
  - { name: keyed, key: "${broken('key')} : id" }
  - { name: spread, flatMap: "${broken('flat')} : [$]" }
  - { name: timed, timestamp: "bad = 'time' ? 'yesterday' : 1" }
  - { name: ruled, validate: { type: object, properties: { bad: { enum: [seen, way, look, fine] } } } }
  - { name: once, dedupe: "bad = 'seen' ? null : id" }
  - { name: split, branch: [{ name: none, when: "${broken('way')} : false", sink: { file: { directory: '{DIR}/none' } } }] }
  - { name: found, lookup: { key: "${broken('look')} : id", from: { file: { file: '{DIR}/in.jsonl' } }, by: id, as: found } }
`;
  const errors = `errors: { file: { directory: '{DIR}/errors' } }`;
  const written = await through(scratch, withSteps(steps, errors));
  t.deepEqual(
    written.map(({ value }) => (value as { id: string }).id),
    ['fine'],
  );
  const told = scratch.lines('errors') as { step: string; error: string; value: { bad: string }; stage: string }[];
  t.deepEqual(
    told.map(({ step, value, stage }) => [value.bad, step, stage]),
    [
      ['filter', 'kept'],
      ['map', 'made'],
      ['key', 'keyed'],
      ['flat', 'spread'],
      ['time', 'timed'],
      ['rule', 'ruled'],
      ['seen', 'once'],
      ['way', 'split'],
      ['look', 'found'],
    ].map(([bad, step]) => [bad!, step!, 'TRANSFORMATION']),
  );
  for (const [at, expected] of [
    /no filter/,
    /id: no map/,
    /no key/,
    /no flat/,
    /"yesterday" is no time/,
    /^bad: /,
    /no key to tell/,
    /no way/,
    /no look/,
  ].entries())
    t.regex(told[at]!.error, expected);

  const stopping = new Scratch(t);
  stopping.write(
    'in.jsonl',
    jsonl([
      { bad: 'fine', id: 1 },
      { bad: 'map', id: 2 },
    ]),
  );
  const error = await t.throwsAsync(through(stopping, withSteps(steps)));
  t.regex(error.message, /step "made": id: no map\n {2}the record: \{"bad":"map","id":2\}\n {2}mend the pipeline/);

  const skipping = new Scratch(t);
  skipping.write(
    'in.jsonl',
    jsonl([
      { bad: 'map', id: 2 },
      { bad: 'fine', id: 1 },
    ]),
  );
  const pipeline = await skipping.load(withSteps(steps, 'errors: skip'));
  t.like(await runPipeline(pipeline, { logger: quiet }), { read: 2, sunk: 1, failed: 1 });
});

test('of thousands of bad records that are left out, some are shown and all are counted', async t => {
  const scratch = new Scratch(t);
  scratch.write('in.jsonl', jsonl(Array.from({ length: 3_000 }, (_, n) => ({ n, even: n % 2 === 0 ? 1 : null }))));
  const warnings: string[] = [];
  const logger = { ...quiet, warn: (message: string) => void warnings.push(message) };
  const pipeline = await scratch.load(withSteps('  - filter: even > 0', 'errors: skip'));
  t.like(await runPipeline(pipeline, { logger }), { read: 3_000, sunk: 1_500, failed: 1_500 });
  t.is(warnings.length, 21);
  t.regex(warnings[0]!, /step "filter": .*, and not null; the record: \{"n":1,"even":null\}/);
  t.is(warnings.at(-1), 'further bad records are counted, and not shown');
});
