// The pipelines that README and docs show: each is one, its tests hold, editors take it, and the one of the README runs over real flights.

import { execFile } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { Ajv } from 'ajv';
import test from 'ava';
import { parse } from 'yaml';
import { pipelineConnectors } from '../../cli/pipeline-connectors.js';
import { loadPipeline, testPipeline } from '../../connect/pipeline/index.js';
import { openLog } from '../../core/index.js';
import { layOutFlightFiles } from '../../examples/first-light/flight-files.js';
import { millrace, testFolder } from '../cli/run-millrace.js';

const root = fileURLToPath(new URL('../../..', import.meta.url));
const fence = /^```yaml\n(# (\S+\.yaml)\n.*?)^```$/gms;

/** The `yaml` blocks whose first line names a file. */
function pipelinesIn(page: string): readonly { readonly name: string; readonly text: string }[] {
  const text = readFileSync(join(root, page), 'utf8');
  return [...text.matchAll(fence)].map(([, block, name]) => ({ name: name!, text: block! }));
}

for (const page of ['README.md', 'docs/pipelines.md']) {
  test(`the pipelines in ${page} are pipelines, and their tests hold`, async t => {
    const cwd = testFolder(t);
    const validate = new Ajv({ strict: false }).compile(
      JSON.parse(readFileSync(join(root, 'pipeline.schema.json'), 'utf8')) as object,
    );
    await using log = await openLog('memory:');
    const pipelines = pipelinesIn(page);
    t.true(pipelines.length > 0);
    for (const { name, text } of pipelines) {
      writeFileSync(join(cwd, name), text);
      const options = { connectors: pipelineConnectors, environment: { POSTGRES_URL: 'postgres://localhost/shop' } };
      const pipeline = await loadPipeline(join(cwd, name), options);
      t.deepEqual(pipeline.warnings, [], name);
      t.true(pipeline.tests.length > 0, name);
      for (const result of await testPipeline(pipeline, log.ports.clock)) t.true(result.passed, JSON.stringify(result));
      t.true(validate(parse(text)), `${name}: ${JSON.stringify(validate.errors)}`);
    }
  });
}

test('the pipeline in README.md finds the late flights of early 2001', async t => {
  const cwd = testFolder(t);
  const { flightCount, flights } = layOutFlightFiles(cwd);
  const [{ name, text } = { name: '', text: '' }] = pipelinesIn('README.md');
  writeFileSync(join(cwd, name), text);
  const { code, stdout, stderr } = await millrace(['pipeline', 'run', name], { cwd });
  t.is(code, 0, stderr);
  const rows = readFileSync(flights, 'utf8')
    .trimEnd()
    .split('\n')
    .slice(1)
    .map(line => line.split(','));
  const late = rows.filter(row => Number(row[4]) >= 60).length;
  t.true(late > 0);
  t.like(JSON.parse(stdout.trimEnd().split('\n').at(-1)!), {
    state: 'done',
    read: flightCount,
    written: late,
    sunk: late,
  });
});

/** The lines of a `sh` block, by a line that it holds; `npx millrace` is this command. */
async function runShell(cwd: string, holding: string): Promise<readonly string[]> {
  const readme = readFileSync(join(root, 'README.md'), 'utf8');
  const block = [...readme.matchAll(/^```sh\n(.*?)^```$/gms)]
    .map(([, text]) => text!)
    .find(text => text.includes(holding))!;
  const program = join(root, 'dist/lib/cli/millrace.js');
  const printed: string[] = [];
  for (const line of block.trimEnd().split('\n')) {
    const command = line.replace('npx millrace', `"${process.execPath}" "${program}"`);
    const { stdout } = await promisify(execFile)('bash', ['-euc', command], { cwd });
    printed.push(stdout);
  }
  return printed;
}

test('the commands for pipelines in README.md do what they say', async t => {
  const cwd = testFolder(t);
  const { flightCount } = layOutFlightFiles(cwd);
  const [{ name, text } = { name: '', text: '' }] = pipelinesIn('README.md');
  writeFileSync(join(cwd, name), text);
  const [made, linted, tested, previewed, ran, status] = await runShell(cwd, 'pipeline lint');
  t.regex(made!, /postgres-to-redis\.yaml is written/);
  t.is(linted, 'late-flights.yaml: ok\n');
  t.regex(tested!, /^ok +an hour is late/);
  t.is(previewed!.match(/->/g)?.length, 5);
  t.like(JSON.parse(ran!.trimEnd().split('\n').at(-1)!), { state: 'done', read: flightCount });
  t.regex(status!, /^late-flights: idle/);
});

test('the commands for topics in README.md do what they say', async t => {
  const cwd = testFolder(t);
  const readme = readFileSync(join(root, 'README.md'), 'utf8');
  const [, module] = /^```ts\n(\/\/ counts\.ts\n.*?)^```$/ms.exec(readme)!;
  const millraceHere = JSON.stringify(join(root, 'dist/lib/millrace.js'));
  writeFileSync(join(cwd, 'counts.ts'), module!.replace("'millrace'", millraceHere));
  const [, , consumed, , counted, described] = await runShell(cwd, 'topic create clicks');
  t.regex(consumed!, /^ann \/home \d\/0$/m);
  t.is(counted, 'ann 1\n');
  t.regex(described!, /^count-clicks +Empty +0 members +lag 0$/m);
});
