import { appendFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import { readConnectors } from '../../cli/connector-file.js';
import { readPropertiesFile } from '../../cli/properties-file.js';
import { nodePorts } from '../../core/platform/node-ports.js';
import { freePorts } from '../../scripts/kafka/free-ports.js';
import { until } from '../connect/until.js';
import { hasOpenSsl, makeCertificates } from '../core/network/certificates.js';
import { fileText } from './file-text.js';
import { millrace, type Outcome, testFolder } from './run-millrace.js';
import { startWorkerProcess } from './worker-process.js';

test('a properties file is read as Java reads it', async t => {
  const file = join(testFolder(t), 'a.properties');
  writeFileSync(file, '# none\n! none\na=1\nb : two words\nc three\nd=x\\\n   y\ne=\\u00e9\\t\\\\\\:\nf=\n');
  t.deepEqual(await readPropertiesFile(file), { a: '1', b: 'two words', c: 'three', d: 'xy', e: 'é\t\\:', f: '' });
});

const clocked = { ports: nodePorts() };

/** A user's connector: a source of one record, whose value is an option. */
const ownConnector = `
import { z } from 'zod';
export const hello = {
  kind: 'source', name: 'hello', version: '7', description: 'Says hello.',
  config: z.object({ to: z.string().describe('Whom.') }),
  start({ to }, context) {
    let isSaid = context.offset({ hello: 1 }) !== undefined;
    return {
      async poll(signal) {
        if (to === 'nobody') throw new Error('there is nobody to greet');
        if (!isSaid) {
          isSaid = true;
          return [{ partition: { hello: 1 }, offset: { said: 1 }, records: [{ key: null, value: 'hello ' + to }] }];
        }
        await context.clock.sleep(60_000, signal).catch(() => undefined);
        return [];
      },
    };
  },
};
`;

test('a worker is started from files, and looked after from the command line', async t => {
  const cwd = testFolder(t);
  const write = (name: string, ...lines: string[]) => writeFileSync(join(cwd, name), lines.join('\n'));
  write('in.txt', 'one', 'two', '');
  // Beside the package, so that zod is found.
  write('hello.mjs', ownConnector.replace("'zod'", JSON.stringify(import.meta.resolve('zod'))));
  write('worker.properties', 'group.id=test', 'plugin.path=/usr/share/java', 'secrets.key.file=own.key');
  write(
    'in.properties',
    'name=in',
    'connector.class=FileStreamSource',
    `file=${join(cwd, 'in.txt')}`,
    'topic=lines',
    'value.converter=string',
  );
  write(
    'hello.yaml',
    'name: hello',
    'config:',
    '  connector.class: ./hello.mjs',
    '  to: "007"',
    '  topic: lines',
    '  value.converter: string',
  );
  const sink = {
    name: 'out',
    config: {
      'connector.class': 'FileStreamSink',
      topics: 'lines',
      file: join(cwd, 'out.txt'),
      'value.converter': 'string',
    },
  };
  write('out.json', JSON.stringify(sink));

  const worker = await startWorkerProcess(t, cwd, '--config', 'worker.properties', 'in.properties', 'hello.yaml');
  t.deepEqual([...worker.connectors].sort(), ['hello', 'in']);
  t.is(statSync(join(cwd, 'own.key')).mode & 0o777, 0o600);
  const run = (...args: string[]): Promise<Outcome> =>
    millrace(['connector', ...args, '--connect-url', worker.url], { cwd });

  const planned = await run('apply', '-f', 'out.json', '--dry-run', '--diff');
  t.regex(planned.stdout, /^out would be created\n {2}\+ connector\.class=FileStreamSink$/m);
  t.is(fileText(join(cwd, 'out.txt')), '');
  t.is((await run('apply', '-f', 'out.json')).stdout, 'out created\n');
  await until(clocked, () => fileText(join(cwd, 'out.txt')).split('\n').length > 3, 'the lines are there');
  t.deepEqual(fileText(join(cwd, 'out.txt')).trim().split('\n').sort(), ['hello 007', 'one', 'two']);
  t.is((await run('apply', '-f', 'out.json')).stdout, 'out unchanged\n');
  const listed = JSON.parse((await run('list', '--json')).stdout);
  t.deepEqual(
    listed.map(({ name, state, running }: Record<string, unknown>) => [name, state, running]),
    ['hello', 'in', 'out'].map(name => [name, 'RUNNING', 1]),
  );
  t.regex((await run('describe', 'out')).stdout, /^out {2}sink {2}RUNNING {2}on 127\.0\.0\.1:\d+$/m);
  t.regex((await run('plugins')).stdout, /^\.\/hello\.mjs +source +7$/m);

  t.is((await run('stop', 'out')).code, 0);
  await until(clocked, async () => (await run('list', '--json')).stdout.includes('STOPPED'), 'it is stopped');
  const place = { kafka_topic: 'lines', kafka_partition: 0 };
  for (const set of [
    { offsets: [{ partition: place, offset: { kafka_offset: 1 } }] },
    [{ partition: place, offset: null }],
  ]) {
    t.regex((await run('offsets', 'out', '--set', JSON.stringify(set))).stdout, /altered successfully/);
  }
  t.regex((await run('offsets', 'out', '--reset')).stdout, /reset successfully/);
  t.is((await run('resume', 'out')).code, 0);
  await until(clocked, () => fileText(join(cwd, 'out.txt')).split('\n').length > 6, 'the lines are written once more');

  const wrong = await run('describe', 'uot');
  t.is(wrong.code, 2);
  t.regex(wrong.stderr, /there is no connector "uot" at .* \(did you mean "out"\?\)/);
  const invalid = await run('create', 'x', '-o', 'connector.class=FileStreamSorce');
  t.is(invalid.code, 2);
  t.regex(invalid.stderr, /did you mean "FileStreamSource"\?/);
  const faults = await run('create', 'x', '-o', 'connector.class=FileStreamSink', 'tasks.max=many');
  t.is(faults.code, 2);
  t.deepEqual(faults.stderr.trim().split('\n').sort(), [
    'millrace: x: Invalid value many for configuration tasks.max: Not a number of type INT',
    'millrace: x: Must configure one of topics or topics.regex',
  ]);
  write('bad.yaml', 'name: bad', 'connector.class: FileStreamSink', 'tasks.max: many', 'topics: lines', 'file: x');
  for (const args of [
    ['validate', 'bad.yaml'],
    ['apply', '-f', 'bad.yaml', '--dry-run'],
  ]) {
    const found = await run(...args);
    t.is(found.stderr, 'millrace: bad: Invalid value many for configuration tasks.max: Not a number of type INT\n');
  }
  const running = await run('offsets', 'out', '--reset');
  t.regex(running.stderr, /^millrace: out is RUNNING: stop it .* \(millrace connector stop out\)\n$/);
  t.is((await run('restart', 'out', '--only-failed')).stdout, 'out: nothing has failed, nothing restarts\n');
  t.is((await run('restart', 'out', '--task', '0')).stdout, 'out: task 0 will restart\n');
  t.regex((await run('restart', 'out', '--task', '7')).stderr, /^millrace: out has no task 7 \(its tasks: 0\)\n$/);
  t.is((await run('restart', 'out', '--task', '0', '--include-tasks')).code, 2);
  const restarted = await run('restart', 'out', '--include-tasks', '--json');
  t.deepEqual(JSON.parse(restarted.stdout), { name: 'out', task: null, connector: true, tasks: [0] });
  t.is((await run('restart', 'out', '--no-include-tasks')).stdout, 'out will restart\n');
  const failing = ['connector.class=./hello.mjs', 'to=nobody', 'topic=lines', 'restart.attempts.max=0'];
  t.is((await run('create', 'failing', '-o', ...failing)).code, 0);
  await until(clocked, async () => / 0 +FAILED/.test((await run('describe', 'failing')).stdout), 'its task failed');
  t.is((await run('restart', 'failing', '--only-failed')).stdout, 'failing: task 0 will restart\n');
  t.is((await run('stop', 'out')).code, 0);
  t.regex((await run('restart', 'out')).stderr, /^millrace: out is stopped, .* millrace connector resume out\n$/);
  t.regex((await run('plugins', 'FileStreamSnk')).stderr, /did you mean "FileStreamSink"\?/);
  t.is((await run('delete', 'out', 'hello', 'failing')).stdout, 'deleted out\ndeleted hello\ndeleted failing\n');
  t.is(await worker.stop(), 0);

  appendFileSync(join(cwd, 'in.txt'), 'three\n');
  const again = await startWorkerProcess(t, cwd, 'worker.properties');
  t.deepEqual(again.connectors, ['in']);
  t.is(await again.stop(), 0);
  t.is((await run('list')).code, 3);
});

test('a worker that cannot be meant does not start, and says why', async t => {
  const cwd = testFolder(t);
  const start = (...args: string[]) => millrace(['connect', 'start', ...args], { cwd });
  writeFileSync(join(cwd, 'open.properties'), 'listeners=http://0.0.0.0:0\n');
  const open = await start('open.properties');
  t.is(open.code, 2);
  t.regex(open.stderr, /will not listen on 0\.0\.0\.0:0 without authentication.*rest\.authentication=basic/);
  writeFileSync(join(cwd, 'typo.yaml'), 'rest.authentification: basic\n');
  t.regex((await start('typo.yaml')).stderr, /did you mean "rest\.authentication"\?/);
  writeFileSync(join(cwd, 'none.properties'), 'name=x\nconnector.class=./nowhere.js\n');
  t.regex((await start('none.properties', '--port', '0')).stderr, /there is no file .*nowhere\.js/);
  writeFileSync(join(cwd, 'listners.properties'), 'listners=http://127.0.0.1:0\n');
  t.regex((await start('listners.properties')).stderr, /^millrace: listners: .* \(did you mean "listeners"\?\)\n$/);
  writeFileSync(join(cwd, 'converter.properties'), 'value.converter=strng\n');
  const converter = await start('converter.properties', '--port', '0');
  t.is(converter.code, 2);
  t.regex(converter.stderr, /: value\.converter: there is no converter "strng" \(did you mean "string"\?\)\n$/);
  for (const name of ['once', 'twice']) {
    writeFileSync(join(cwd, `${name}.properties`), 'name=x\nconnector.class=FileStreamSource\nfile=f\ntopic=t\n');
  }
  const twice = await start('once.properties', 'twice.properties', '--port', '0');
  t.is(twice.code, 2);
  t.is(twice.stderr, 'millrace: x is described twice: give each connector a name of its own\n');
  writeFileSync(join(cwd, 'class.properties'), 'name=x\nconnector.class=FileStreamSorce\n');
  const refused = await start('class.properties', '--port', '0');
  t.is(refused.code, 2);
  t.regex(refused.stderr, /^millrace: class\.properties: Failed to find .* \(did you mean "FileStreamSource"\?\)\n$/);
  const port = await freePorts(1);
  const nobody = await millrace(['connector', 'list', '--connect-url', `http://127.0.0.1:${port}`], { cwd });
  t.is(nobody.code, 3);
  t.regex(nobody.stderr, /no Connect worker answers at .* \(ECONNREFUSED\): start one with millrace connect start/);
});

test('a file of connectors that cannot be read says where and why, and shows nothing of what it holds', async t => {
  const cwd = testFolder(t);
  const refusal = async (name: string, text: string): Promise<string> => {
    writeFileSync(join(cwd, name), text);
    const error = await t.throwsAsync(readConnectors(join(cwd, name)), { name: 'InvalidInput' });
    return error.message.replace(cwd, '');
  };
  t.is(await refusal('a.json', '{\n  "name": "a",\n  "config": {"password" "hush"}\n}'), '/a.json:3:25: no JSON');
  t.is(await refusal('b.json', '{"name": "hush",'), '/b.json:1:17: no JSON');
  t.regex(
    await refusal('c.yaml', 'name: hush: x\n'),
    /^\/c\.yaml:1:7: no YAML: Nested mappings are not allowed[\w ]+$/,
  );
  t.regex(await refusal('d.yaml', 'a: *hush\n'), /^\/d\.yaml: no YAML: Unresolved alias[^:]+$/);
  t.is(
    await refusal('e.json', '{"name": "x", "config": {}}'),
    '/e.json: x: connector.class: say which connector it is',
  );
  t.is(
    await refusal('worker', 'name=x\nfile=hush\n'),
    '/worker: a connector is an object with "name" and "config" (lines of name=value need .properties at the end of the file\'s name)',
  );
  await t.throwsAsync(readConnectors(join(cwd, 'f.json')), {
    message: /there is no file .*f\.json \(did you mean ".*"\?\)/,
  });
  await t.throwsAsync(readConnectors(cwd), { message: /cannot be read: it is a folder$/ });
});

test('a worker whose certificate nobody trusts, and one that asks who it is, are told apart from one that is not there', async t => {
  if (!hasOpenSsl()) return t.log('left out: openssl');
  const cwd = testFolder(t);
  const { server } = makeCertificates(cwd);
  const listeners = ['listeners=https://127.0.0.1:0', `ssl.keystore.location=${server.path}`, 'ssl.keystore.type=PEM'];
  const users = ['rest.authentication=basic', 'rest.basic.users=ada:secret'];
  writeFileSync(join(cwd, 'tls.properties'), [...listeners, ...users].join('\n'));
  const worker = await startWorkerProcess(t, cwd, 'tls.properties');
  t.regex(worker.url, /^https:/);
  const list = ['connector', 'list', '--json', '--connect-url', worker.url];
  const stranger = await millrace(list, { cwd });
  t.is(stranger.code, 3);
  t.regex(stranger.stderr, /the certificate of https:.* is not trusted here \(.*\): .* NODE_EXTRA_CA_CERTS/);
  const known = (...more: string[]) =>
    millrace([...list, ...more], { cwd, env: { NODE_EXTRA_CA_CERTS: join(cwd, 'ca.crt') } });
  t.regex((await known()).stderr, /asks who you are: give --connect-user or --connect-token\n$/);
  const wrong = await known('--connect-user', 'ada:sesame');
  t.is(wrong.code, 2);
  t.regex(wrong.stderr, /does not know this user and password/);
  t.false(wrong.stderr.includes('sesame'));
  const ada = await known('--connect-user', 'ada:secret');
  t.is(ada.stdout, '[]\n', ada.stderr);
  t.is(await worker.stop(), 0);
});
