import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import { freePorts } from '../../scripts/kafka/free-ports.js';
import { millrace, outcomeOf, startMillrace, testFolder } from './run-millrace.js';

const jsonLines = '{"id":1}\n{"id":2}\n{"id":3}\n';

function pipeline(sink: string, steps = ''): string {
  return `name: trouble
source:
  file: { file: in.jsonl, mode: once }
${steps}sink:
  ${sink}
`;
}

async function until(condition: () => boolean): Promise<void> {
  for (const end = Date.now() + 120_000; !condition(); ) {
    if (Date.now() > end) throw new Error('it does not come to that');
    await new Promise(resolve => setTimeout(resolve, 50));
  }
}

function lastState(stdout: string): Record<string, unknown> {
  return JSON.parse(stdout.trimEnd().split('\n').at(-1)!);
}

test('an interrupt ends a run whose sink is away, and the next run writes what it had read', async t => {
  const cwd = testFolder(t);
  writeFileSync(join(cwd, 'in.jsonl'), jsonLines);
  const port = await freePorts(1);
  writeFileSync(
    join(cwd, 'a.yaml'),
    pipeline(`redis: { redis.uri: 'redis://127.0.0.1:${port}', redis.type: stream, redis.keyspace: a }`),
  );
  const child = startMillrace(['pipeline', 'run', 'a.yaml'], { cwd });
  t.teardown(() => void child.kill('SIGKILL'));
  let told = '';
  child.stdout!.setEncoding('utf8').on('data', (text: string) => (told += text));
  child.stderr!.setEncoding('utf8').on('data', (text: string) => (told += text));
  const ended = outcomeOf(child);
  await until(() => told.includes('"read":3') && told.includes('is restarted (2)'));
  child.kill('SIGINT');
  const { code, stdout, stderr } = await ended;
  t.is(code, 0, stderr);
  t.like(lastState(stdout), { state: 'stopped', read: 3, sunk: 0 });
  t.regex(stderr, /"a\.yaml:5:3: sink\.redis is restarted \(1\): connecting to Redis: .*ECONNREFUSED/);
  t.regex(stderr, /what it has not taken is kept in .*trouble, and the next run goes on with it/);

  writeFileSync(join(cwd, 'a.yaml'), pipeline('file: { directory: out }'));
  const again = await millrace(['pipeline', 'run', 'a.yaml'], { cwd });
  t.is(again.code, 0, again.stderr);
  t.like(lastState(again.stdout), { state: 'done', read: 0, sunk: 3 });
  const [name = ''] = readdirSync(join(cwd, 'out')).filter(each => each.endsWith('.jsonl'));
  t.is(readFileSync(join(cwd, 'out', name), 'utf8'), jsonLines);
});

test('what fails while it runs names the place in the file, and is told once', async t => {
  const cwd = testFolder(t);
  writeFileSync(join(cwd, 'in.jsonl'), '{"id":"one"}\n');
  const run = async (text: string) => {
    writeFileSync(join(cwd, 'a.yaml'), text);
    const { code, stderr } = await millrace(['pipeline', 'run', 'a.yaml', '--fresh'], { cwd });
    t.not(code, 0);
    t.is(stderr.trimEnd().split('\n').length, 1, stderr);
    return stderr;
  };
  const file = 'file: { directory: out }';
  t.regex(
    await run(pipeline(file).replace('in.jsonl', 'im.jsonl')),
    /^millrace: a\.yaml:3:3: source\.file: file: there is no im\.jsonl \(did you mean "in\.jsonl"\?\)/,
  );
  t.regex(
    await run(pipeline(file, 'steps:\n  - key: id\n  - filter: $number(id) > 1\n')),
    /^millrace: a\.yaml:6:5: steps\[1\]: step "filter": .*"one".* the record: .*errors: skip/,
  );
  t.regex(
    await run(pipeline("redis: { redis.uri: 'http://a', redis.type: stream, redis.keyspace: a }")),
    /^a\.yaml:5:23: sink\.redis\."redis\.uri": must read redis:/,
  );
});

test('a run that was killed is shown as that, and a name that runs already is refused with who runs it', async t => {
  const cwd = testFolder(t);
  writeFileSync(join(cwd, 'in.jsonl'), jsonLines);
  writeFileSync(join(cwd, 'a.yaml'), pipeline('file: { directory: out }').replace('once', 'tail'));
  const running = startMillrace(['pipeline', 'run', 'a.yaml'], { cwd });
  t.teardown(() => void running.kill('SIGKILL'));
  const ended = outcomeOf(running);
  await until(() => existsSync(join(cwd, '.millrace/trouble/runs.jsonl')));
  const other = await millrace(['pipeline', 'run', 'a.yaml'], { cwd });
  t.not(other.code, 0);
  t.regex(
    other.stderr,
    new RegExp(`trouble is running already: .* is held by process ${running.pid} .*[Ss]top that process`),
  );
  running.kill('SIGKILL');
  await ended;
  t.regex((await millrace(['pipeline', 'status', 'a.yaml'], { cwd })).stdout, /^trouble: killed\n/);
  writeFileSync(join(cwd, 'a.yaml'), pipeline('file: { directory: out }'));
  t.is((await millrace(['pipeline', 'run', 'a.yaml'], { cwd })).code, 0);
  const { runs } = JSON.parse((await millrace(['pipeline', 'status', 'a.yaml', '--json'], { cwd })).stdout);
  t.like(runs, { length: 2, 0: { outcome: 'done' }, 1: { outcome: 'killed' } });
});

test('a variable or function that JSONata does not know, and a policy that is none, are found before anything runs', async t => {
  const cwd = testFolder(t);
  writeFileSync(
    join(cwd, 'a.yaml'),
    `${pipeline('file: { directory: out }', 'steps:\n  - filter: $numbr(id) > 1\n  - map: { id: id, at: $timestmp }\n  - filter: ($x := 1; $f := function($y){ $y + $x }; $f(id) > 0)\n')}schedule: { cron: '0 3 * * *', missed: onec }\n`,
  );
  const { code, stdout } = await millrace(['pipeline', 'lint', 'a.yaml'], { cwd });
  t.is(code, 2);
  t.deepEqual(stdout.trimEnd().split('\n'), [
    'error: a.yaml:5:13: steps[0].filter: there is no $numbr (did you mean "$number"?) (at character 1 of "$numbr(id) > 1")',
    'error: a.yaml:6:24: steps[1].map.at: there is no $timestmp (did you mean "$timestamp"?) (at character 1 of "$timestmp")',
    'error: a.yaml:10:40: schedule.missed: must be skip, once or all (did you mean "once"?)',
  ]);
});
