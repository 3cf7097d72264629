// A canary in every secret option of every connector. It is looked for in all that leaves the worker: every answer of the API, every log line, and every byte of every topic.

import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { ownPlugins } from '../../../cli/connect-plugins.js';
import { configKeys } from '../../../connect/api/index.js';
import { startWorker } from '../../../connect/index.js';
import { openLog } from '../../../core/index.js';
import { quiet } from '../quiet.js';
import { RestUnderTest } from './rest-under-test.js';

const canary = 'c4n4ry/+&§-Geheimnis';
/** As it is, and as a URL, JSON, base64 or a query would spell it. */
const spellings = [
  canary,
  encodeURIComponent(canary),
  encodeURI(canary),
  JSON.stringify(canary).slice(1, -1),
  Buffer.from(canary).toString('base64').replace(/=+$/, ''),
  'Geheimnis',
];

function found(text: string): string | undefined {
  return spellings.find(spelling => text.includes(spelling));
}

function bytesBelow(folder: string): string {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter(entry => entry.isFile())
    .map(entry => readFileSync(join(entry.parentPath, entry.name), 'latin1'))
    .join('\n');
}

/** Configurations of each connector that has secrets: the canary in all of them, in a URL also as its password. */
async function configurations(): Promise<readonly Record<string, string>[]> {
  const required: Record<string, string> = {
    topics: 'in',
    topic: 'out',
    'topic.prefix': 'out-',
    mode: 'bulk',
    'table.include.list': 'public.t',
    'connection.host': '127.0.0.1',
    'connection.port': '1',
    'connection.timeout.ms': '500',
    'redis.connect.timeout.ms': '500',
    'redis.topic': 'out',
    'redis.stream.name': 's',
    'redis.list.name': 'l',
    'redis.channels': 'c',
  };
  const all = [];
  for (const plugin of await ownPlugins()) {
    const keys = configKeys(plugin.definition.config);
    const secrets = keys.filter(key => key.isSecret).map(key => key.name);
    if (secrets.length === 0) continue;
    const known = Object.entries(required).filter(([key]) => keys.some(({ name }) => name === key));
    const chosen = keys.filter(key => key.isRequired && key.words.length > 0).map(key => [key.name, key.words[0]!]);
    const base = {
      'connector.class': plugin.class,
      ...(plugin.kind === 'sink' ? { topics: 'in' } : { topic: 'out' }),
      ...Object.fromEntries([...chosen, ...known]),
    };
    const asUrl = (name: string) => {
      const [scheme, database] = name.startsWith('redis') ? ['redis', '0'] : ['postgres', 'none'];
      return /ur[il]$/.test(name) ? `${scheme}://user:${encodeURIComponent(canary)}@127.0.0.1:1/${database}` : canary;
    };
    all.push({ ...base, ...Object.fromEntries(secrets.map(name => [name, asUrl(name)])) });
    all.push({ ...base, ...Object.fromEntries(secrets.map(name => [name, canary])) });
  }
  return all;
}

async function search(
  t: ExecutionContext,
  config: (given: Record<string, string>) => Record<string, string>,
): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'millrace-secrets-'));
  t.teardown(() => rmSync(folder, { recursive: true, force: true }));
  const rest = await RestUnderTest.start(t, {
    url: `file:${join(folder, 'data')}`,
    config: { 'config.providers': 'env' },
    secretsKey: Buffer.alloc(32, 7),
  });
  await rest.log.admin().createTopics([{ name: 'in', partitions: 1 }]);
  const producer = rest.log.producer();
  await producer.send('in', { key: 'k', value: '{"a":1}' });
  await producer.close();
  const given = (await configurations()).map(config);
  t.true(given.length >= 4);
  let madeCount = 0;
  for (const [at, each] of given.entries()) {
    const name = `connector-${at}`;
    const pluginClass = encodeURIComponent(each['connector.class']!);
    await rest.ask('PUT', `/connector-plugins/${pluginClass}/config/validate`, each);
    await rest
      .ask('PUT', `/connector-plugins/${pluginClass}/config/validate`, { ...each, 'tasks.max': canary, [canary]: '1' })
      .catch(() => undefined);
    rest.answers.splice(-2); // that one quotes the canary in a key which is no secret
    await rest.ask('POST', '/connectors', { name, config: { ...each, 'tasks.max': 'x' } });
    const made = await rest.ask('POST', '/connectors', {
      name,
      config: { ...each, 'restart.attempts.max': '1', 'restart.backoff.ms': '10' },
    });
    if (made.status !== 201) continue;
    madeCount++;
    await rest.until(
      `/connectors/${name}/status`,
      ({ json }) => JSON.stringify(json).includes('"trace"') || json.connector?.state === 'FAILED',
    );
    for (const path of ['', '/config', '/status', '/tasks', '/tasks-config', '/topics', '/offsets', '/metrics']) {
      await rest.ask('GET', `/connectors/${name}${path}`);
    }
    await rest.ask('PUT', `/connectors/${name}/config`, (await rest.ask('GET', `/connectors/${name}/config`)).json);
    await rest.ask('PATCH', `/connectors/${name}/config`, { 'tasks.max': '2' });
    await rest.ask('POST', `/connectors/${name}/restart?includeTasks=true`);
  }
  await rest.ask('GET', '/connectors?expand=info&expand=status');
  await rest.ask('POST', '/connectors', JSON.stringify({ name: 'torn', config: given[0] }).slice(0, -3));
  for (const answer of rest.answers) t.is(found(answer), undefined, answer);
  for (const line of rest.kept.lines) t.is(found(line), undefined, line);
  t.true(madeCount >= given.length / 2);
  const stored = bytesBelow(join(folder, 'data'));
  t.true(stored.includes('connector-0'));
  t.is(found(stored), undefined);
}

test('no secret that is given as it is leaves the worker', t => search(t, given => given));

test('no secret behind a placeholder leaves the worker', t => {
  process.env['MILLRACE_TEST_CANARY'] = canary;
  process.env['MILLRACE_TEST_CANARY_IN_URL'] = encodeURIComponent(canary);
  const hidden = (value: string) =>
    value.includes('://')
      ? value.replace(encodeURIComponent(canary), '${env:MILLRACE_TEST_CANARY_IN_URL}')
      : value.replace(canary, '${env:MILLRACE_TEST_CANARY}');
  return search(t, given => Object.fromEntries(Object.entries(given).map(([key, value]) => [key, hidden(value)])));
});

test('the search finds a secret where there is one: a worker without a key stores what it is given', async t => {
  const folder = mkdtempSync(join(tmpdir(), 'millrace-secrets-'));
  t.teardown(() => rmSync(folder, { recursive: true, force: true }));
  const rest = await RestUnderTest.start(t, { url: `file:${join(folder, 'data')}` });
  const [config] = await configurations();
  await rest.ask('PUT', '/connectors/x/config', config);
  t.not(found(bytesBelow(join(folder, 'data'))), undefined);
});

test('a secret that was stored is the same for the next worker, and none for one with another key', async t => {
  const log = await openLog('memory:');
  t.teardown(() => log.close());
  const start = async (fill: number) => {
    const secretsKey = Buffer.alloc(32, fill);
    const worker = await startWorker(log, { config: {}, plugins: await ownPlugins(), logger: quiet, secretsKey });
    t.teardown(() => worker.close());
    return worker;
  };
  await log.admin().createTopics([{ name: 'in', partitions: 1 }]);
  const first = await start(1);
  const config = {
    'connector.class': 'millrace.RedisSink',
    topics: 'in',
    'redis.type': 'string',
    'redis.uri': 'redis://:pass@127.0.0.1:1',
  };
  await first.create({ name: 'r', config, initialState: 'STOPPED' });
  t.is(first.config('r')['redis.uri'], '[hidden]');
  await first.close();
  const second = await start(1);
  const kept = await second.putConfig('r', { ...config, 'redis.uri': '[hidden]', 'tasks.max': '2' });
  t.is(kept.info.config['redis.uri'], '[hidden]');
  await second.close();
  const third = await start(2);
  await t.throwsAsync(third.patchConfig('r', { 'tasks.max': '3' }), {
    message: /redis\.uri: the secret was stored with another key/,
  });
  await third.close();
});
