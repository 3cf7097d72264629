import test, { type ExecutionContext } from 'ava';
import { pipelineConnectors } from '../../../cli/pipeline-connectors.js';
import { type CompiledPipeline, loadPipeline, PipelineError } from '../../../connect/pipeline/index.js';
import { Scratch } from './scratch.js';

/** The pipeline's faults as `WORD: path: message`, with the first word that stands at the place of the fault. */
async function faultsOf(t: ExecutionContext, text: string): Promise<readonly string[]> {
  const loaded = await load(t, text).catch((error: Error) => error);
  if (loaded instanceof Error && !(loaded instanceof PipelineError)) throw loaded;
  const faults = loaded instanceof PipelineError ? loaded.faults : loaded.warnings;
  return faults.map(({ line = 0, column = 0, path, message }) => {
    const [word] = /^["'\w.:-]+/.exec(text.split('\n')[line - 1]!.slice(column - 1)) ?? [];
    return `${word}: ${path.join('/')}: ${message}`;
  });
}

function load(t: ExecutionContext, text: string): Promise<CompiledPipeline> {
  return loadPipeline(new Scratch(t).write('p.yaml', text), {
    connectors: pipelineConnectors,
    environment: {},
    isLenient: true,
  });
}

const file = '{ file: { directory: out } }';
const lines = '{ file: { file: in.txt } }';

const sources: readonly (readonly [options: string, expected: RegExp])[] = [
  ["file: { file: a.csv, csv.types: 'b:text, a:nmber' }", /^nmber': source\/file\/csv\.types: .*did you mean "number"/],
  ["file: { file: a.csv, csv.columns: 'a,b', csv.types: 'c:number' }", /\/csv\.types: a\.csv has no column "c"/],
  ["file: { file: a.csv, csv.columns: 'a,b,a' }", /there are two columns named "a"/],
  ['file: { file: a.txt, csv.types: a:number }', /\/csv\.types: a\.txt is read as lines, by its name: say format=csv/],
  ['file: { file: a.txt, key.column: a }', /\/key\.column: a\.txt is read as lines/],
  ["file: { file: a.csv, csv.delimiter: '::' }", /^'::': source\/file\/csv\.delimiter: "::" must be one character/],
  ["file: { file: a.csv, csv.quote: ',' }", /\/csv\.quote: "," separates columns/],
  [
    'file: { file: a.csv, file.encoding: utf8x }',
    /\/file\.encoding: there is no encoding "utf8x".*did you mean "utf-8"/,
  ],
  ["file: { file: 'a{b*.csv' }", /\/file: "a\{b\*\.csv" is no pattern/],
  ['file: { file: a.csv, mode: once, cleanup.policy: move }', /finished\.path: cleanup\.policy=move needs a folder/],
  ['file: { file: a.csv, tasks.max: 2 }', /^tasks.max:: source\/file\/tasks\.max: is set by the pipeline itself/],
  ['file: { file: a.csv, restart.backoff.ms: soon }', /\/restart\.backoff\.ms: must be a duration/],
  ['postgres: { connection.url: postgers://h/d, mode: bulk }', /\/connection\.url: must read postgres:\/\//],
  ['postgres: { mode: bulk, table.include.list: "(" }', /\/table\.include\.list: "\(" is no regular expression/],
  [
    'postgres: { mode: bulk, topic.format: "${tabel}" }',
    /\/topic\.format: there is no \$\{tabel\}.*did you mean "table"/,
  ],
  ['postgres: { mode: timestamp }', /\/mode: timestamp needs timestamp\.column\.name/],
  ['postgres: { mode: bulk, query: SELECT 1 }', /\/query: topic\.prefix must name the topic/],
  ['redis: { redis.uri: redis//h, redis.type: scan }', /\/redis\.uri: must read redis:\/\//],
  ['redis: { redis.uri: redis://h, redis.type: stream }', /redis\.stream\.name: name the stream to read/],
  ["redis: { redis.uri: redis://h, redis.type: scan, redis.keys.types: 'set,hahs' }", /did you mean "hash"/],
  ['topic: { url: kafak://h:1, name: a }', /\/url: "kafak:" is an unknown scheme.*did you mean "kafka"/],
  ['topic: { url: kafka://h:1, name: a b }', /\/name: "a b" is no name of a topic/],
  [
    'topic: { url: kafka://h:1, name: a, properties: sasl.mechansm=PLAIN }',
    /\/properties: .*did you mean "sasl\.mechanism"/,
  ],
];

const sinks: readonly (readonly [options: string, expected: RegExp])[] = [
  ["file: { directory: out, path.format: '{topc}/{dd}' }", /^topc: sink\/file\/path\.format: .*did you mean "topic"/],
  ['file: { directory: out, format: csv, csv.delimiter: "" }', /\/csv\.delimiter: /],
  [
    'postgres: { connection.url: postgres://h/d, insert.mode: upsert }',
    /\/insert\.mode: upsert finds rows by their key/,
  ],
  ['postgres: { delete.enabled: true }', /\/delete\.enabled: it needs pk\.mode=record_key/],
  [
    'redis: { redis.uri: redis://h, redis.type: publish, redis.key.ttl: 1s }',
    /\/redis\.key\.ttl: a message of a channel/,
  ],
  [
    'redis: { redis.uri: redis://h, redis.type: set, redis.sentinel.nodes: h }',
    /\/redis\.sentinel\.nodes: "h" must read host:port/,
  ],
  ['topic: { url: "file:", name: a }', /\/url: .*names no directory/],
];

test('what a connector would refuse when it starts is told when the pipeline is read, with its place', async t => {
  for (const [options, expected] of sources) {
    const faults = await faultsOf(t, `name: p\nsource: { ${options} }\nsink: ${file}\n`);
    t.regex(faults.join('\n'), expected, options);
    t.is(faults.length, 1, options);
  }
  for (const [options, expected] of sinks) {
    const faults = await faultsOf(t, `name: p\nsource: ${lines}\nsink: { ${options} }\n`);
    t.regex(faults.join('\n'), expected, options);
    t.is(faults.length, 1, options);
  }
});

test('a lookup, a branch and the errors are looked at like a source and a sink', async t => {
  const faults = await faultsOf(
    t,
    `name: p
source: ${lines}
steps:
  - lookup: { key: a, from: { postgres: { table: t, query: SELECT 1, key.column: a } } }
  - lookup: { key: a, from: { redis: { redis.uri: http://h } } }
  - branch: [{ name: b, when: a, sink: { file: { directory: out, path.format: '{' } } }]
errors: { file: { directory: out, path.format: ../up } }
sink: ${file}
`,
  );
  t.is(faults.length, 4, faults.join('\n'));
  t.regex(faults[0]!, /^postgres:: steps\/0\/lookup\/from\/postgres: name a table or a query, one of them/);
  t.regex(faults[1]!, /^http:: steps\/1\/lookup\/from\/redis\/redis\.uri: must read/);
  t.regex(faults[2]!, /^': .*\/path\.format: "\{" has a brace without its other half/);
  t.regex(faults[3]!, /^\.\.: errors\/file\/path\.format: "\.\.\/up" leaves the directory/);
});

test('a branch has a name of its own, of which a topic can be made', async t => {
  const branched = (pipeline: string, ...branches: readonly string[]) =>
    faultsOf(
      t,
      `name: ${pipeline}
source: ${lines}
steps: [${branches.map(name => `{ branch: [{ name: ${name}, when: a, sink: ${file} }] }`).join(', ')}]
sink: ${file}
`,
    );
  const letters = /must be letters, digits, "\.", "_" and "-"$/;
  const long = 'b'.repeat(247);
  const cases: [string, readonly string[], RegExp][] = [
    ['p', ["'a b'"], letters],
    ['p', ["''"], letters],
    ['p', ['a/b'], letters],
    ['p', ['ä'], letters],
    ['p', ['5'], /branch\/0\/name: .*string/],
    ['p', ['errors'], /branch\/0\/name: "errors" is taken, by a topic of the pipeline itself: name it otherwise$/],
    ['p', ['state'], /branch\/0\/name: "state" is taken, by a topic of the pipeline itself: name it otherwise$/],
    ['p', ['a', 'b', 'a'], /steps\/2\/branch\/0.*there is a branch "a" already: give each a name of its own$/],
    ['p', [`${long}bb`], /name: the name of the topic of its branch "b+" would have 251 letters, and 249 are allowed/],
    ['connect', ['offsets'], /name: the topic of its branch "offsets" would be connect-offsets, .*name it otherwise$/],
    ['connect-offsets', [], /name: its topic would be connect-offsets, .*name it otherwise$/],
  ];
  for (const [pipeline, branches, expected] of cases) {
    const faults = await branched(pipeline, ...branches);
    t.regex(faults.join('\n'), expected, branches.join());
    t.is(faults.length, 1, faults.join('\n'));
  }
  t.deepEqual(await branched('p', 'a', 'A', 'offsets', long), []);
});

test('what hangs on a variable that is not set is left for the run', async t => {
  const faults = await faultsOf(
    t,
    `name: p
source: { file: { file: a.csv, csv.types: 'a:\${TYPE}' } }
steps:
  - lookup: { key: a, from: { postgres: { connection.url: '\${URL}', table: t, key.column: a } } }
sink: ${file}
`,
  );
  t.deepEqual(
    faults.map(fault => fault.slice(fault.indexOf('the environment'))),
    ['TYPE', 'URL'].map(name => `the environment variable ${name} is not set`),
  );
});

test('a source that hangs on a variable that is not set may have a schedule', async t => {
  const text = `name: p\nsource: { postgres: { connection.url: '\${URL}', mode: bulk } }\nsink: ${file}\nschedule: '0 3 * * *'\n`;
  t.deepEqual(await faultsOf(t, text), ["': source/postgres/connection.url: the environment variable URL is not set"]);
});

test('with a schedule a source ends where it can, and one that is told not to is warned of', async t => {
  const bulk = `name: p\nsource: { postgres: { mode: bulk } }\nsink: ${file}\nschedule: '0 3 * * *'\n`;
  t.is((await load(t, bulk)).source.config['poll.once'], true);
  const text = `name: p\nsource: { file: { file: a.csv, mode: tail } }\nsink: ${file}\nschedule: '0 3 * * *'\n`;
  const faults = await faultsOf(t, text);
  t.is(faults.length, 1);
  t.regex(faults[0]!, /^tail: source\/file\/mode: such a run has no end by itself.* say mode: once/);
});

test('what came from the environment is told by the name of its variable', async t => {
  const text = `name: p
source: { file: { file: a.csv, csv.types: 'a:\${TYPE}' } }
steps: [{ filter: '\${CONDITION}' }]
sink: ${file}
schedule: '\${CRON}'
`;
  const environment = { TYPE: 'secret1', CONDITION: 'secret2 (', CRON: 'secret3' };
  const pipeline = new Scratch(t).write('p.yaml', text);
  const { message } = await t.throwsAsync(loadPipeline(pipeline, { connectors: pipelineConnectors, environment }));
  t.notRegex(message, /secret/);
  for (const name of Object.keys(environment)) t.true(message.includes(`\${${name}}`), message);
});
