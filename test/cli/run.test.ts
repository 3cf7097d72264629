import { once } from 'node:events';
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import test, { type ExecutionContext } from 'ava';
import { millrace, outcomeOf, startMillrace, testFolder } from './run-millrace.js';

const root = fileURLToPath(new URL('../../..', import.meta.url));

/** A project of a user's: nothing but `millrace` is installed, a topic of words is filled. */
async function project(t: ExecutionContext): Promise<string> {
  const cwd = testFolder(t);
  mkdirSync(join(cwd, 'node_modules'));
  symlinkSync(root, join(cwd, 'node_modules/millrace'));
  await millrace(['topic', 'create', 'words', 'counts'], { cwd });
  await millrace(['produce', 'words', 'a', 'b', 'a'], { cwd });
  return cwd;
}

const wordCount = `
import { json, string, topic, topology } from 'millrace';
const words = topic('words');
const app = topology('word-count');
app.stream(words).groupBy(word => word, { key: string }).count({ name: 'counts' }).toStream()
  .to(topic('counts', { value: json() }));
`;

test('a module that exports a topology is run to the end of its input', async t => {
  const cwd = await project(t);
  writeFileSync(join(cwd, 'count.mjs'), `${wordCount} export default app;`);
  const finished = await millrace(['run', 'count.mjs', '--finish'], { cwd });
  t.deepEqual(finished, { code: 0, stdout: 'word-count: 3 records in, 3 out, 0 late, 0 dead letters\n', stderr: '' });
  const counts = await millrace(['consume', 'counts', '-f', '%k=%v '], { cwd });
  t.is(counts.stdout, 'a=1 b=1 a=2 ');

  await millrace(['produce', 'words', 'a'], { cwd });
  const again = await millrace(['run', 'count.mjs', '--finish', '--json'], { cwd });
  t.like(JSON.parse(again.stdout), { applicationId: 'word-count', recordsIn: 1 });
  t.is(
    (await millrace(['consume', 'counts', '-o', '-1', '-f', '%k=%v'], { cwd })).stdout,
    'a=3',
    'it goes on where it was',
  );

  const other = await millrace(['run', 'count.mjs', '--finish', '--json', '--application-id', 'other'], { cwd });
  t.like(JSON.parse(other.stdout), { applicationId: 'other', recordsIn: 4 });
});

test('a function is given the log and starts the application itself; an interrupt closes it cleanly', async t => {
  const cwd = await project(t);
  const code = `import { runApp } from 'millrace'; ${wordCount} export const start = log => runApp(app, { log });`;
  writeFileSync(join(cwd, 'start.mjs'), code);
  const child = startMillrace(['run', 'start.mjs'], { cwd });
  const outcome = outcomeOf(child);
  await once(child.stderr!, 'data');
  child.kill('SIGINT');
  const { code: exitCode, stderr } = await outcome;
  t.is(exitCode, 0, stderr);
  t.regex(stderr, /^running start\.mjs on file:data; Ctrl-C ends it\n$/);
  t.is((await millrace(['topic', 'list'], { cwd })).code, 0, 'the directory is free again');
});

test('an application that fails is told with the reason, and exit code 1', async t => {
  const cwd = await project(t);
  const code = `import { string, topic, topology } from 'millrace'; const app = topology('broken');
    app.stream(topic('words')).mapValues(() => { throw new Error('no luck'); }, { value: string }).to('counts'); export default app;`;
  writeFileSync(join(cwd, 'broken.mjs'), code);
  for (const args of [[], ['--finish']]) {
    const { code: exitCode, stderr } = await millrace(['run', 'broken.mjs', ...args], { cwd });
    t.is(exitCode, 1);
    t.regex(stderr, /no luck/);
  }
});

test('a module with nothing to run is refused in one line', async t => {
  const cwd = await project(t);
  const refused = async (code: string, message: RegExp): Promise<void> => {
    writeFileSync(join(cwd, 'module.mjs'), code);
    const outcome = await millrace(['run', 'module.mjs'], { cwd });
    t.is(outcome.code, 2, outcome.stderr);
    t.regex(outcome.stderr, message);
  };
  await refused('export const a = 1;', /exports no topology and no function \(log\) => app \(it exports: a\)/);
  await refused('export default log => ({});', /must return the application/);
  await refused(`import { topology } from 'millrace'; export const a = topology('a'), b = topology('b');`, /several/);
  await refused('export default = 5 5;', /^millrace: module\.mjs, or what it imports, is no valid module: .+\n$/);
});

test('a TypeScript module runs where nothing but millrace is installed', async t => {
  const cwd = await project(t);
  writeFileSync(join(cwd, 'count.ts'), `${wordCount} enum Name { App = 'app' } void Name.App; export default app;`);
  const ran = await millrace(['run', 'count.ts', '--finish', '--json'], { cwd });
  t.is(ran.code, 0, ran.stderr);
  t.is(JSON.parse(ran.stdout).recordsIn, 3);

  writeFileSync(join(cwd, 'slip.ts'), `\nconst app: = 5;\nexport default app;`);
  const slip = await millrace(['run', 'slip.ts', '--finish'], { cwd });
  t.is(slip.code, 2);
  t.regex(slip.stderr, /^millrace: slip\.ts, or what it imports, is no valid module: .+ \(.*slip\.ts:2\)\n$/);
});
