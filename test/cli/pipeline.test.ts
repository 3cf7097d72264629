import { existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Ajv } from 'ajv';
import test from 'ava';
import { parse } from 'yaml';
import { pipelineConnectors } from '../../cli/pipeline-connectors.js';
import { loadPipeline, newPipeline, pipelineSchema, testPipeline } from '../../connect/pipeline/index.js';
import { openLog } from '../../core/index.js';
import { millrace, outcomeOf, startMillrace, testFolder } from './run-millrace.js';

const csv = 'origin,destination,delay\nABQ,DAL,5\nABQ,LAX,12\nSFO,JFK,60\n';
const late = `# A comment.
name: late
source:
  file: { file: flights.csv, mode: once, csv.types: 'delay:number' }
steps:
  - filter: delay > \${LEAST_DELAY:-10}
  - map: { route: origin & '-' & destination, delay: delay }
sink:
  file: { directory: out }
tests:
  - name: a late flight
    input: [{ origin: A, destination: B, delay: 11 }, { origin: A, destination: C, delay: 10 }]
    steps: { filter: [{ origin: A, destination: B, delay: 11 }] }
    output: [{ route: A-B, delay: 11 }]
`;

function written(cwd: string, records = 2): unknown[] {
  const file = join(cwd, `out/late+0+00000000000000000000+0000000000000000000${records - 1}.jsonl`);
  return existsSync(file)
    ? readFileSync(file, 'utf8')
        .trimEnd()
        .split('\n')
        .map(line => JSON.parse(line))
    : [];
}

test('new, lint, test, preview, run, status: what a person does, one after the other', async t => {
  const cwd = testFolder(t);
  writeFileSync(join(cwd, 'flights.csv'), csv);
  writeFileSync(join(cwd, 'late.yaml'), late);
  const run = (...args: string[]) => millrace(['pipeline', ...args], { cwd });

  t.like(await run('lint', 'late.yaml'), { code: 0, stdout: 'late.yaml: ok\n' });
  t.like(await run('test', 'late.yaml'), { code: 0, stdout: 'ok      a late flight\n' });
  const preview = await run('preview', 'late.yaml', '-n', '2');
  t.is(preview.code, 0, preview.stderr);
  t.is(
    preview.stdout,
    '{"origin":"ABQ","destination":"DAL","delay":5}\n  -> left out\n' +
      '{"origin":"ABQ","destination":"LAX","delay":12}\n  -> {"route":"ABQ-LAX","delay":12}\n',
  );
  t.false(existsSync(join(cwd, 'out')), 'a preview writes nothing');
  t.regex((await run('status', 'late.yaml')).stdout, /^late: never run/);

  const outcome = await run('run', 'late.yaml');
  t.is(outcome.code, 0, outcome.stderr);
  const last = JSON.parse(outcome.stdout.trimEnd().split('\n').at(-1)!);
  t.like(last, { pipeline: 'late', state: 'done', read: 3, written: 2, sunk: 2, failed: 0, fraction: 1 });

  const status = JSON.parse((await run('status', 'late.yaml', '--json')).stdout);
  t.like(status, { name: 'late', state: 'idle' });
  t.like(status.runs, { length: 1, 0: { outcome: 'done', read: 3, written: 2, failed: 0 } });
  t.like(status.offsets, { length: 1, 0: { offset: { position: csv.length } } });
  t.regex((await run('status', 'late.yaml')).stdout, /late: idle\nSTARTED .*\n.* done .* 3 .* 2 /);

  const again = await run('run', 'late.yaml', '--json');
  t.like(JSON.parse(again.stdout.trimEnd().split('\n').at(-1)!), { state: 'done', read: 0 });
  t.is(written(cwd).length, 2);
});

test('what cannot be meant is told with line and column and the nearest word, all at once', async t => {
  const cwd = testFolder(t);
  writeFileSync(
    join(cwd, 'bad.yaml'),
    `name: late
source:
  file: { fil: late.csv, mode: onec }
steps:
  - filter: delay > > 10
  - fliter: x
  - dedupe: { key: id, within: 10 parsecs }
  - lookup: { key: a, from: { fiel: {} } }
  - validate: { type: object, requird: [a] }
  - branch: [{ name: x, when: a }]
  - transform: { type: InsertFeild$Value }
  - ./nofile.ts#x
  - map: { a: $number(b), b: '\${NOT_SET}' }
sinks:
  file: { directory: ./out }
errors: ignore
schedule: { cron: '61 * * * *', timezone: Europe/Berln }
`,
  );
  const { code, stdout, stderr } = await millrace(['pipeline', 'lint', 'bad.yaml'], { cwd });
  t.is(code, 2);
  t.is(stderr.trimEnd().split('\n').length, 1, stderr);
  for (const expected of [
    /:14:1: sinks: .*did you mean "sink"/,
    /:3:11: source\.file\.fil: .*did you mean "file"/,
    /:3:32: source\.file\.mode: .*did you mean "once"/,
    /:5:21: steps\[0\]\.filter: .*character 9/,
    /:6:5: steps\[1\]\.fliter: .*did you mean "filter"/,
    /:7:32: steps\[2\]\.dedupe\.within: "10 parsecs" is no duration/,
    /:8:31: steps\[3\]\.lookup\.from\.fiel: .*did you mean "file"/,
    /:9:31: steps\[4\]\.validate\.requird: .*did you mean "required"/,
    /:10:14: steps\[5\]\.branch\[0\]\.sink: is required/,
    /:11:16: steps\[6\]\.transform: .*did you mean "InsertField\$Value"/,
    /:12:5: steps\[7\]: \.\/nofile\.ts cannot be imported/,
    /warning: .*:13:30: steps\[8\]\.map\.b: the environment variable NOT_SET is not set/,
    /:16:9: errors: "ignore" is neither stop nor skip/,
    /:17:\d+: schedule\.timezone: .*did you mean "Europe\/Berlin"/,
  ])
    t.regex(stdout, expected);

  const ran = await millrace(['pipeline', 'run', 'bad.yaml'], { cwd });
  t.is(ran.code, 2);
  t.regex(ran.stderr, /steps\[8\]\.map\.b: the environment variable NOT_SET is not set/);
  t.false(existsSync(join(cwd, '.millrace')), 'nothing was begun');

  writeFileSync(join(cwd, 'yaml.yaml'), 'name: a\nsteps:\n  - map: { a: b ? "x" : "y" }\n');
  t.regex(
    (await millrace(['pipeline', 'lint', 'yaml.yaml'], { cwd })).stdout,
    /yaml\.yaml:3:\d+: no YAML: .*goes in quotes/,
  );
  const json = JSON.parse((await millrace(['pipeline', 'lint', 'bad.yaml', '--json'], { cwd })).stdout);
  t.like(
    json.faults.find(({ path }: { path: string[] }) => path[0] === 'sinks'),
    { severity: 'error', path: ['sinks'], line: 14, column: 1 },
  );
  const lines = json.faults.map(({ line }: { line: number }) => line);
  t.deepEqual(
    lines,
    lines.toSorted((a: number, b: number) => a - b),
    'in the order of the file',
  );
});

test('a test that fails says what was expected and what came, and the exit code says so too', async t => {
  const cwd = testFolder(t);
  writeFileSync(
    join(cwd, 'late.yaml'),
    late.replace('output: [{ route: A-B, delay: 11 }]', 'output: [{ route: A-C }]'),
  );
  const { code, stdout } = await millrace(['pipeline', 'test', 'late.yaml'], { cwd });
  t.is(code, 1);
  t.regex(
    stdout,
    /FAILED {2}a late flight\n {4}output \(- expected, \+ came\):\n {6}- \{"route":"A-C"\}\n {6}\+ \{"delay":11,"route":"A-B"\}/,
  );
});

test('whatever `new` writes is a pipeline, and its tests hold', async t => {
  const cwd = testFolder(t);
  const steps = 'filter,map,key,flatMap,timestamp,validate,branch,dedupe,lookup,transform';
  const validate = new Ajv({ strict: false, allErrors: true }).compile(await pipelineSchema(pipelineConnectors));
  await using log = await openLog('memory:');
  for (const recipe of ['postgres/filter,map/redis', `file/${steps}/postgres`, 'topic/dedupe/topic', 'file//file']) {
    const file = join(cwd, 'made.yaml');
    const text = newPipeline('made', recipe);
    writeFileSync(file, text);
    const pipeline = await loadPipeline(file, { connectors: pipelineConnectors, environment: {} });
    t.deepEqual(pipeline.warnings, [], recipe);
    t.true(validate(parse(text)), JSON.stringify(validate.errors));
    for (const result of await testPipeline(pipeline, log.ports.clock)) t.true(result.passed, JSON.stringify(result));
  }
  const made = await millrace(['pipeline', 'new', 'postgres/filter,map/redis'], { cwd });
  t.is(made.code, 0, made.stderr);
  t.is(
    readFileSync(join(cwd, 'postgres-to-redis.yaml'), 'utf8'),
    newPipeline('postgres-to-redis', 'postgres/filter,map/redis'),
  );
  const wrong = await millrace(['pipeline', 'new', 'postgrs/filter/redis'], { cwd });
  t.is(wrong.code, 2);
  t.regex(wrong.stderr, /no source "postgrs" \(did you mean "postgres"\?\)/);
});

test('the schema for editors finds what lint finds', async t => {
  const validate = new Ajv({ strict: false, allErrors: true }).compile(await pipelineSchema(pipelineConnectors));
  t.true(validate(parse(late)), JSON.stringify(validate.errors));
  for (const wrong of [
    late.replace('mode: once', 'mode: onec'),
    late.replace('filter:', 'fliter:'),
    late.replace('sink:', 'sinks:'),
    late.replace('directory:', 'directoy:'),
  ])
    t.false(validate(parse(wrong)), wrong);
});

test('a pipeline in TypeScript or JavaScript is run as one in YAML, and an interrupt ends one that follows its source', async t => {
  const cwd = testFolder(t);
  writeFileSync(join(cwd, 'flights.csv'), csv);
  writeFileSync(
    join(cwd, 'late.mjs'),
    `export default {
  name: 'late',
  source: { file: { file: 'flights.csv', 'csv.types': 'delay:number' } },
  steps: [{ filter: flight => flight.delay > 10 }, ({ origin, delay }) => ({ origin, delay })],
  sink: { file: { directory: 'out' } },
};
`,
  );
  const child = startMillrace(['pipeline', 'run', 'late.mjs'], { cwd });
  let told = '';
  child.stdout!.setEncoding('utf8').on('data', (text: string) => {
    told += text;
    // The sink has them; the source waits for more lines.
    if (told.includes('"sunk":2') && !child.killed) child.kill('SIGINT');
  });
  const { code, stdout, stderr } = await outcomeOf(child);
  t.is(code, 0, stderr);
  t.like(JSON.parse(stdout.trimEnd().split('\n').at(-1)!), { state: 'stopped', read: 3, sunk: 2 });
  // An interrupt does not wait long for what a disk is slow with: that is there after the next run.
  writeFileSync(
    join(cwd, 'late.mjs'),
    readFileSync(join(cwd, 'late.mjs'), 'utf8').replace("flights.csv'", "flights.csv', mode: 'once'"),
  );
  t.is((await millrace(['pipeline', 'run', 'late.mjs'], { cwd })).code, 0);
  t.deepEqual(written(cwd), [
    { origin: 'ABQ', delay: 12 },
    { origin: 'SFO', delay: 60 },
  ]);
});

interface Run {
  readonly started: string;
  readonly ended?: string;
  readonly outcome: string;
  readonly fire: string;
}

/** The latest word on each run, in the order in which they began. */
function runsOf(cwd: string): readonly Run[] {
  const file = join(cwd, '.millrace/second/runs.jsonl');
  if (!existsSync(file)) return [];
  const entries = readFileSync(file, 'utf8')
    .split('\n')
    .slice(0, -1)
    .map(line => JSON.parse(line) as Run);
  return [...new Map(entries.map(entry => [entry.started, entry])).values()];
}

async function until(condition: () => boolean): Promise<void> {
  for (const end = Date.now() + 120_000; !condition(); ) {
    if (Date.now() > end) throw new Error('it does not come to that');
    await new Promise(resolve => setTimeout(resolve, 50));
  }
}

test('a schedule goes on over kill -9: the fire that was cut off and those that passed are made good, one run after the other', async t => {
  t.timeout(300_000);
  const cwd = testFolder(t);
  writeFileSync(join(cwd, 'in.jsonl'), '{"id":1}\n{"id":2}\n');
  // The first time it never comes to an end.
  writeFileSync(
    join(cwd, 'slow.mjs'),
    `import { existsSync, writeFileSync } from 'node:fs';
export default async value => {
  const isFirst = !existsSync('begun');
  writeFileSync('begun', '');
  await new Promise(done => setTimeout(done, isFirst ? 600_000 : 0));
  return value;
};
`,
  );
  writeFileSync(
    join(cwd, 'second.yaml'),
    `name: second
source: { file: { file: in.jsonl, mode: once } }
steps: [./slow.mjs]
sink: { file: { directory: out } }
schedule: { cron: '* * * * * *', timezone: Asia/Tokyo, missed: all }
`,
  );
  const first = startMillrace(['pipeline', 'run', 'second.yaml'], { cwd });
  t.teardown(() => void first.kill('SIGKILL'));
  await until(() => existsSync(join(cwd, 'begun')));
  const killed = outcomeOf(first);
  first.kill('SIGKILL');
  await killed;
  const cut = runsOf(cwd).findLast(({ outcome }) => outcome === 'running')!;

  const second = startMillrace(['pipeline', 'run', 'second.yaml'], { cwd });
  t.teardown(() => void second.kill('SIGKILL'));
  const ended = outcomeOf(second);
  await until(() => runsOf(cwd).some(({ outcome }) => outcome === 'done'));
  // Its state is held, also between two fires: another process does not run it meanwhile.
  const other = await millrace(['pipeline', 'run', 'second.yaml', '--now'], { cwd });
  t.not(other.code, 0);
  t.regex(other.stderr, /is held by process \d+ .*[Ss]top that process/);
  await until(() => runsOf(cwd).filter(({ outcome }) => outcome === 'done').length >= 4);
  second.kill('SIGINT');
  t.is((await ended).code, 0);
  const done = runsOf(cwd).filter(({ outcome }) => outcome === 'done');
  const fires = done.map(({ fire }) => Date.parse(fire));
  t.true(fires.includes(Date.parse(cut.fire)), 'what was cut off is run again');
  t.deepEqual(
    fires,
    fires.map((_, at) => fires[0]! + at * 1_000),
    'every second, each once, in order',
  );
  for (const [at, { started }] of done.entries())
    if (at > 0) t.true(Date.parse(started) >= Date.parse(done[at - 1]!.ended!));
  const lines = readdirSync(join(cwd, 'out'))
    .filter(name => name.endsWith('.jsonl'))
    .flatMap(name =>
      readFileSync(join(cwd, 'out', name), 'utf8')
        .trimEnd()
        .split('\n'),
    );
  t.deepEqual(lines.toSorted(), ['{"id":1}', '{"id":2}'], 'and each record counts once');
});

test('without a recipe, `new` tells what there is to choose from, and names the nearest word for what there is not', async t => {
  const cwd = testFolder(t);
  const { code, stdout } = await millrace(['pipeline', 'new'], { cwd });
  t.is(code, 0);
  t.regex(
    stdout,
    /sources +file, postgres, redis, topic\n +steps +filter, map, .*\n +sinks +file, postgres, redis, topic\n/,
  );
  t.regex(
    (await millrace(['pipeline', 'new', 'file/fliter/redis'], { cwd })).stderr,
    /no step "fliter" \(did you mean "filter"\?\)/,
  );
});

test('a name that is wrong deep inside is told with the nearest that would be right there', async t => {
  const cwd = testFolder(t);
  writeFileSync(
    join(cwd, 'deep.yaml'),
    `name: deep
source: { file: { file: a.csv } }
steps:
  - branch: [{ nmae: x, when: 'true', sink: { file: { directory: b } } }]
sink: { file: { directory: c } }
schedule: { cron: '0 * * * *', timezon: UTC }
tests:
  - name: a
    input: []
    ouput: []
    outputRecords: [{ vale: 1 }]
`,
  );
  const { stdout } = await millrace(['pipeline', 'lint', 'deep.yaml'], { cwd });
  for (const expected of [
    /:4:16: .*"branch\[0\]" has no "nmae" \(did you mean "name"\?\)/,
    /:6:32: .*has no "timezon" \(did you mean "timezone"\?\)/,
    /:10:5: .*has no "ouput" \(did you mean "output"\?\)/,
    /:11:23: .*has no "vale" \(did you mean "value"\?\)/,
  ])
    t.regex(stdout, expected);
});

test('steps of a .ts file run where nothing but millrace is installed; what they throw is told with its line', async t => {
  const cwd = testFolder(t);
  mkdirSync(join(cwd, 'node_modules'));
  symlinkSync(fileURLToPath(new URL('../../..', import.meta.url)), join(cwd, 'node_modules/millrace'));
  writeFileSync(join(cwd, 'flights.csv'), csv);
  writeFileSync(
    join(cwd, 'steps.yaml'),
    `name: late
source:
  file: { file: flights.csv, mode: once, csv.types: 'delay:number' }
steps:
  - map: ./clean.ts#route
  - map: { route: route, hours: ./clean.ts#hours }
sink:
  file: { directory: out }
`,
  );
  const clean = (throwing: string) => `import type { FlowRecord } from 'millrace/connect/pipeline';
import { perHour } from './hours';
interface Flight { origin: string; destination: string; delay: number }
export function route({ origin, destination, delay }: Flight, { offset }: FlowRecord & { offset?: bigint }) {
  ${throwing}
  return { route: \`\${origin}-\${destination}\`, delay, offset };
}
export const hours = async ({ delay }: { delay: number }) => perHour(delay);
`;
  writeFileSync(join(cwd, 'hours.ts'), 'export const perHour = (minutes: number) => minutes / 60;');
  writeFileSync(join(cwd, 'clean.ts'), clean(`if (delay > 50) throw new RangeError('too late');`));
  const run = () => millrace(['pipeline', 'run', 'steps.yaml'], { cwd });
  const failed = await run();
  t.is(failed.code, 1);
  t.regex(failed.stderr, /steps\.yaml:5:5: steps\[0\]: step "map": too late \(clean\.ts:5\)/);

  writeFileSync(join(cwd, 'clean.ts'), clean(''));
  const outcome = await run();
  t.is(outcome.code, 0, outcome.stderr);
  t.deepEqual(written(cwd, 3), [
    { route: 'ABQ-DAL', hours: 5 / 60 },
    { route: 'ABQ-LAX', hours: 0.2 },
    { route: 'SFO-JFK', hours: 1 },
  ]);

  writeFileSync(join(cwd, 'clean.ts'), 'export const route = 5\n  as;');
  const slip = await millrace(['pipeline', 'lint', 'steps.yaml'], { cwd });
  t.is(slip.code, 2);
  t.regex(slip.stdout + slip.stderr, /steps\.yaml:5:\d+: .*clean\.ts.* \(.*clean\.ts:2\)/);
});
