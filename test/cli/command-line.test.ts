import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import { millrace, testFolder } from './run-millrace.js';

test('help loads neither the log nor the streams', async t => {
  const cwd = testFolder(t);
  const trace = { NODE_DEBUG: 'esm' };
  const help = await millrace(['--help'], { cwd, env: trace, isInFiles: true });
  t.is(help.code, 0);
  t.regex(help.stdout, /Usage: millrace/);
  t.notRegex(help.stderr, /dist\/(core|streams|connect|connectors)\//);
  t.regex(help.stderr, /dist\/cli\/program\.js/, 'the trace does tell what is loaded');
});

test('what cannot be meant is one line that names the nearest word, and exit code 2', async t => {
  const cwd = testFolder(t);
  const cases: [string[], RegExp][] = [
    [[], /no command given/],
    [['topc'], /unknown command 'topc' .*topic/],
    [['topic', 'lst'], /unknown command 'lst' .*list/],
    [['topic', 'list', '--jsn'], /unknown option '--jsn' .*--json/],
    [['topic', 'list', 'more'], /too many arguments/],
    [['consume'], /missing required argument 'topic'/],
    [['consume', 't', '-o', 'strat'], /"strat" is no position/],
    [['consume', 't', '-o', '@yesterday'], /"yesterday" is no time/],
    [['consume', 't', '-f', '%q'], /"%q" is no token/],
    [['consume', 't', '-n', 'ten'], /whole number from 1/],
    [['topic', 'list', '--url', 'fil:./data'], /"fil:" is an unknown scheme of a log .did you mean "file"/],
    [['topic', 'list', '--url', 'file:a', '--data', 'b'], /--url or --data, not both/],
    [['topic', 'list', '--config', 'none.json'], /no settings file none\.json/],
    [['run', 'nothing.js'], /no file nothing\.js/],
  ];
  for (const [args, message] of cases) {
    const outcome = await millrace(args, { cwd });
    t.is(outcome.code, 2, args.join(' '));
    t.is(outcome.stdout, '', args.join(' '));
    t.is(outcome.stderr.trimEnd().split('\n').length, 1, outcome.stderr);
    t.regex(outcome.stderr, message);
  }
});

test('flags win over the environment, the environment over the settings file', async t => {
  const cwd = testFolder(t);
  writeFileSync(
    join(cwd, 'millrace.config.json'),
    JSON.stringify({ data: './from-file', consume: { format: '%o;' }, topic: { create: { partitions: 2 } } }),
  );
  const list = async (args: string[], env: Record<string, string> = {}): Promise<string> =>
    (await millrace(['topic', 'list', '--json', ...args], { cwd, env })).stdout.trim();
  await millrace(['topic', 'create', 'file-topic'], { cwd });
  await millrace(['topic', 'create', 'env-topic'], {
    cwd,
    env: { MILLRACE_DATA: 'from-env', MILLRACE_TOPIC_CREATE_PARTITIONS: '3' },
  });
  await millrace(['topic', 'create', 'flag-topic', '-d', 'from-flag', '-p', '1'], {
    cwd,
    env: { MILLRACE_DATA: 'from-env' },
  });

  t.is(await list([]), '[{"name":"file-topic","partitions":2}]');
  t.is(await list([], { MILLRACE_DATA: 'from-env' }), '[{"name":"env-topic","partitions":3}]');
  t.is(await list(['--data', 'from-flag'], { MILLRACE_DATA: 'from-env' }), '[{"name":"flag-topic","partitions":1}]');
  t.is(await list(['--url', 'file:from-flag']), '[{"name":"flag-topic","partitions":1}]');

  await millrace(['produce', 'file-topic', '-p', '0', 'a', 'b'], { cwd });
  t.is((await millrace(['consume', 'file-topic'], { cwd })).stdout, '0;1;');
  t.is((await millrace(['consume', 'file-topic'], { cwd, env: { MILLRACE_CONSUME_FORMAT: '%v,' } })).stdout, 'a,b,');
  t.regex((await millrace(['consume', 'file-topic'], { cwd, env: { MILLRACE_JSON: 'true' } })).stdout, /^\{"topic"/);
});

test('a settings file is meant from where it lies, and refused when it holds an unknown word', async t => {
  const cwd = testFolder(t);
  mkdirSync(join(cwd, 'conf'));
  writeFileSync(join(cwd, 'conf/settings.json'), '{"data": "../kept"}');
  await millrace(['topic', 'create', 'a', '--config', 'conf/settings.json'], { cwd });
  t.regex((await millrace(['topic', 'list', '-d', 'kept'], { cwd })).stdout, /^a /m);

  const refused = async (text: string, message: RegExp): Promise<void> => {
    writeFileSync(join(cwd, 'bad.json'), text);
    const outcome = await millrace(['topic', 'create', 'b', '--config', 'bad.json'], { cwd });
    t.is(outcome.code, 2, text);
    t.regex(outcome.stderr, message);
  };
  await refused('{"dat": "x"}', /bad\.json: unknown setting "dat" \(did you mean "data"\?\)/);
  await refused('{"consume": {"formt": "x"}}', /unknown setting "formt" \(did you mean "format"\?\)/);
  await refused('{"topic": {"create": {"partitions": "many"}}}', /"partitions" in bad\.json: write a whole number/);
  await refused('{"json": "perhaps"}', /"json" in bad\.json must be true or false/);
  await refused('{', /bad\.json is no JSON/);
});
