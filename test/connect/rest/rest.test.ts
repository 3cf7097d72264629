import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { get as secureGet } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import test, { type ExecutionContext } from 'ava';
import { listenAddress, listenRest, readRestSettings } from '../../../connect/index.js';
import { openLog } from '../../../core/index.js';
import type { RestCase } from '../../connect-conformance-runner/rest-case.js';
import { runRestCase } from '../../connect-conformance-runner/run-rest-case.js';
import { hasOpenSsl, makeCertificates } from '../../core/network/certificates.js';
import { DescribedAnswers } from './described-answers.js';
import { KeptLog, RestUnderTest } from './rest-under-test.js';

function folder(t: ExecutionContext): string {
  const path = mkdtempSync(join(tmpdir(), 'millrace-rest-'));
  t.teardown(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

function lines(dir: string, more: Record<string, unknown> = {}): Record<string, unknown> {
  writeFileSync(join(dir, 'in.txt'), 'one\ntwo\n');
  return { 'connector.class': 'FileStreamSource', file: join(dir, 'in.txt'), topic: 'lines', ...more };
}

test('every endpoint answers as the OpenAPI description says', async t => {
  const rest = await RestUnderTest.start(t);
  const dir = folder(t);
  t.like((await rest.ask('GET', '/')).json, { version: '1.2.3', kafka_cluster_id: rest.log.clusterId });
  t.is((await rest.ask('GET', '/health')).json.status, 'healthy');
  t.is((await rest.ask('GET', '/openapi.json')).json.openapi, '3.1.0');

  const made = await rest.ask('POST', '/connectors', { name: ' in ', config: lines(dir, { 'tasks.max': 1 }) });
  t.is(made.status, 201);
  t.is(made.headers.get('location'), `${rest.url}/connectors/in`);
  t.like(made.json, { name: 'in', type: 'source', config: { 'tasks.max': '1', name: 'in' } });
  await rest.untilState('in', 'RUNNING', 'RUNNING');
  await rest.until('/connectors/in/offsets', ({ json }) => json.offsets[0]?.offset.position === 8);
  const out = { 'connector.class': 'FileStreamSink', topics: 'lines', file: join(dir, 'out.txt') };
  t.is((await rest.ask('PUT', '/connectors/out/config', out)).status, 201);
  await rest.untilState('out', 'RUNNING', 'RUNNING');
  await rest.until('/connectors/out/offsets', ({ json }) => json.offsets[0]?.offset.kafka_offset === 2);
  t.is(readFileSync(join(dir, 'out.txt'), 'utf8'), 'one\ntwo\n');

  const metrics = { records: 2, bytes: 0, dead_letters: 0, connector: {} };
  await rest.until('/connectors/in/metrics', ({ json }) => isDeepStrictEqual(json, metrics));
  const place = { kafka_topic: 'lines', kafka_partition: 0 };
  t.like((await rest.ask('GET', '/connectors/out/metrics')).json, {
    records: 2,
    'sink-record-lag-max': 0,
    tasks: [{ id: 0, 'sink-record-lag-max': 0 }],
    partitions: [{ ...place, task: 0, position: 2, end: 2, lag: 0 }],
  });
  t.is((await rest.ask('GET', '/connectors/none/metrics')).status, 404);

  t.deepEqual((await rest.ask('GET', '/connectors')).json.sort(), ['in', 'out']);
  const expanded = (await rest.ask('GET', '/connectors?expand=info&expand=status')).json;
  t.is(expanded.in.info.name, 'in');
  t.is(expanded.out.status.type, 'sink');
  t.is((await rest.ask('GET', '/connectors/out')).json.tasks.length, 1);
  t.is((await rest.ask('GET', '/connectors/out/config')).json.topics, 'lines');
  const patched = await rest.ask('PATCH', '/connectors/out/config', {
    'tasks.max': 2,
    'offset.flush.interval.ms': null,
  });
  t.is(patched.json.config['tasks.max'], '2');
  t.is((await rest.ask('GET', '/connectors/out/tasks')).json[0].id.connector, 'out');
  t.truthy((await rest.ask('GET', '/connectors/out/tasks-config')).json['out-0']);
  t.is((await rest.ask('GET', '/connectors/out/tasks/0/status')).json.id, 0);
  t.is((await rest.ask('POST', '/connectors/out/tasks/0/restart')).status, 204);
  t.is((await rest.ask('POST', '/connectors/out/restart?includeTasks=true')).json.connector.state, 'RESTARTING');
  t.is((await rest.ask('PUT', '/connectors/out/pause')).status, 202);
  await rest.untilState('out', 'PAUSED', 'PAUSED', 'PAUSED');
  t.is((await rest.ask('PUT', '/connectors/out/resume')).status, 202);
  await rest.untilState('out', 'RUNNING', 'RUNNING', 'RUNNING');
  t.is((await rest.ask('PUT', '/connectors/out/stop')).status, 204);
  await rest.untilState('out', 'STOPPED');

  const to = { partition: { kafka_topic: 'lines', kafka_partition: 0 }, offset: { kafka_offset: 1 } };
  // A task that has stopped may be a member of its group for a moment longer: 409 says to try again.
  const again = async (method: string, body?: unknown) => {
    for (;;) {
      const { status, json } = await rest.ask(method, '/connectors/out/offsets', body);
      if (status !== 409) return json.message;
      await rest.log.ports.clock.sleep(50);
    }
  };
  t.regex(await again('PATCH', { offsets: [to] }), /altered successfully/);
  t.deepEqual((await rest.ask('GET', '/connectors/out/offsets')).json.offsets, [to]);
  t.regex(await again('DELETE'), /reset successfully/);
  t.deepEqual((await rest.ask('GET', '/connectors/out/topics')).json, { out: { topics: ['lines'] } });
  t.is((await rest.ask('PUT', '/connectors/out/topics/reset')).status, 202);

  const plugins = (await rest.ask('GET', '/connector-plugins')).json.map((plugin: { class: string }) => plugin.class);
  t.true(plugins.includes('millrace.PostgresSink'));
  t.true((await rest.ask('GET', '/connector-plugins?connectorsOnly=false')).json.length >= plugins.length);
  const keys = (await rest.ask('GET', '/connector-plugins/FileStreamSource/config?version=latest')).json;
  t.like(
    keys.find((key: { name: string }) => key.name === 'tasks.max'),
    { order_in_group: 4, display_name: 'Tasks max' },
  );
  const faults = await rest.ask('PUT', '/connector-plugins/FileStreamSource/config/validate', {
    ...lines(dir),
    topic: '',
  });
  t.true(faults.json.error_count > 0);

  const ofConnector = (await rest.ask('GET', '/admin/loggers')).json['millrace.connect.in'];
  t.deepEqual(ofConnector, { level: 'INFO', last_modified: null }, 'loggers in use are there before they are set');
  t.deepEqual((await rest.ask('GET', '/admin/loggers/millrace.connect.in')).json, ofConnector);
  t.is((await rest.ask('PUT', '/admin/loggers/root', { level: 'WARN' })).status, 200);
  t.is((await rest.ask('GET', '/admin/loggers/root')).json.level, 'WARN');
  t.is((await rest.ask('PUT', '/admin/loggers/root?scope=cluster', { level: 'INFO' })).status, 204);
  t.is((await rest.ask('DELETE', '/connectors/in')).status, 204);
  t.is((await rest.ask('GET', '/connectors/in')).status, 404);
  t.deepEqual(rest.unseen(), []);
});

test("what the caller did wrong is never the server's fault", async t => {
  const rest = await RestUnderTest.start(t, { bodyBytesMax: 1_000 });
  const message = async (...asked: Parameters<RestUnderTest['ask']>) => {
    const { status, json } = await rest.ask(...asked);
    return [status, json.message] as const;
  };
  const field =
    'The body of the request cannot be meant: there is no field "initial_stat" (did you mean "initial_state"?)';
  t.deepEqual(await message('POST', '/connectors', { name: 'x', config: {}, initial_stat: 'PAUSED' }), [400, field]);
  const meant = (text: string) => `The body of the request cannot be meant: ${text}`;
  const offsets = (...given: readonly unknown[]) => message('PATCH', '/connectors/x/offsets', { offsets: given });
  t.deepEqual(await message('POST', '/connectors', '[]'), [400, meant('must be an object, not a list')]);
  t.deepEqual(await offsets('x'), [400, meant('offsets[0]: must be an object, not a text')]);
  t.deepEqual(await offsets({ partition: {}, offset: 1 }), [
    400,
    meant('offsets[0].offset: must be an object, not a number'),
  ]);
  t.deepEqual(await offsets({ partition: {}, ofset: {} }), [400, meant('offsets[0]: there is no field "ofset"')]);
  const source = { 'connector.class': 'FileStreamSource', file: 'x', topic: 'x' };
  for (const name of ['.', '..']) {
    const refused = `a connector cannot be called "${name}": a URL takes that for a step in its path`;
    t.deepEqual(await message('POST', '/connectors', { name, config: source }), [400, refused]);
  }
  const plugin = '/connector-plugins/FileStreamSource/config';
  t.deepEqual(await message('PUT', `${plugin}/validate`, {}), [400, 'Connector config {} contains no connector type']);
  t.deepEqual((await message('GET', `${plugin}?version=99`))[0], 400);
  t.regex((await message('GET', `${plugin}?version=99`))[1], /not found that matches the version range \[99,99\]/);
  t.deepEqual(await message('GET', `${plugin}?version=%5B4`), [400, 'Unbounded range: [4']);
  for (const body of ['{', '', 'null', '[]', '"x"', '{"name":"x","config":{"a":{}}}', '{"name":"x","config":[]}']) {
    t.is((await message('POST', '/connectors', body))[0], 400, body);
    t.is((await message('PUT', '/connectors/x/config', body))[0], 400, body);
    t.is((await message('PATCH', '/connectors/x/offsets', body))[0], 400, body);
  }
  t.is((await message('PUT', '/admin/loggers/root', '[]'))[0], 400);
  t.deepEqual(await message('PUT', '/connectors/x/config', { big: 'x'.repeat(2_000) }), [
    413,
    'A body of a request is at most 1000 bytes (rest.body.bytes.max)',
  ]);
  t.is((await rest.ask('POST', '/connectors', '{}', { 'content-type': 'text/plain' })).status, 415);
  t.is((await rest.ask('GET', '/connectors', undefined, { accept: 'text/html' })).status, 406);
  const strange = await rest.ask('DELETE', '/connectors');
  t.is(strange.status, 405);
  t.is(strange.headers.get('allow'), 'GET, POST');
  t.deepEqual(await message('GET', '/conectors'), [404, 'HTTP 404 Not Found']);
  t.is((await rest.ask('OPTIONS', '/connectors')).headers.get('allow'), 'GET, POST');
  t.is((await rest.ask('HEAD', '/connectors')).status, 200);
  t.regex((await message('GET', '/connectors/x/config'))[1], /Connector x not found/);
});

test('names and texts of any kind come back as they were given', async t => {
  const rest = await RestUnderTest.start(t);
  const dir = folder(t);
  const name = 'Größe & Maß:1 ?#';
  const config = JSON.stringify(lines(dir)).replace('}', ',"custom.float":1.50,"custom.big":12345678901234567890}');
  const made = await rest.ask('POST', '/connectors', `{"name":${JSON.stringify(name)},"config":${config}}`);
  t.is(made.status, 201);
  t.like(made.json.config, { 'custom.float': '1.50', 'custom.big': '12345678901234567890' });
  const path = new URL(made.headers.get('location')!).pathname;
  t.is((await rest.ask('GET', path)).json.name, name);
  t.is((await rest.ask('DELETE', path)).status, 204);
});

test('an open address is refused without authentication, and says what to do', async t => {
  const log = await openLog('memory:');
  t.teardown(() => log.close());
  for (const listener of ['http://0.0.0.0:0', 'http://:0', 'http://[::]:0', 'http://192.0.2.1:0', 'http://myhost:0']) {
    const options = { address: listenAddress(listener), logger: new KeptLog() };
    const error = await t.throwsAsync(listenRest(log, options), { name: 'UsageError' });
    t.regex(error.message, /rest\.authentication=basic/);
  }
  const authentication = { kind: 'bearer', tokens: ['t'] } as const;
  const open = await listenRest(log, { address: listenAddress('http://:0'), logger: new KeptLog(), authentication });
  t.teardown(() => open.close());
  t.is((await fetch(`http://127.0.0.1:${open.port}/health`)).status, 503);
});

test('an https listener shows its certificate, from PEM texts or files, and says what is missing', async t => {
  if (!hasOpenSsl()) return t.log('left out: openssl');
  const log = await openLog('memory:');
  t.teardown(() => log.close());
  const certificates = makeCertificates(folder(t));
  const { server, stranger } = certificates;
  const listeners = 'https://127.0.0.1:0';
  const settings: readonly Readonly<Record<string, string>>[] = [
    { 'ssl.keystore.type': 'PEM', 'ssl.keystore.location': server.path },
    { 'ssl.keystore.certificate.chain': server.certificate, 'ssl.keystore.key': server.key },
    { 'listeners.https.ssl.keystore.location': server.path, 'ssl.keystore.location': stranger.path },
  ];
  for (const given of settings) {
    const { rest, others } = readRestSettings({ listeners, ...given });
    t.deepEqual(others, {});
    await using served = await listenRest(log, { ...rest, logger: new KeptLog() });
    t.regex(served.url, /^https:/);
    const [status, text] = await new Promise<readonly [number | undefined, string]>((resolve, reject) => {
      const asked = secureGet(`${served.url}/health`, { ca: certificates.ca, agent: false }, answer => {
        let body = '';
        answer.on('data', (chunk: Buffer) => void (body += chunk.toString()));
        answer.on('end', () => resolve([answer.statusCode, body]));
      });
      asked.on('error', reject);
    });
    t.is(status, 503);
    t.regex(text, /starting/);
  }
  t.throws(() => readRestSettings({ listeners }), { message: /https needs ssl.keystore.certificate.chain/ });
  t.throws(() => readRestSettings({ listeners, 'ssl.keystore.type': 'JKS' }), { message: /only PEM is read here/ });
  const mixed = { 'ssl.keystore.certificate.chain': server.certificate, 'ssl.keystore.key': stranger.key };
  t.throws(() => readRestSettings({ listeners, ...mixed }), { message: /https with this certificate and key/ });
  t.throws(() => readRestSettings({ listeners, 'ssl.keystore.location': 'none.pem' }), { message: /ENOENT/ });
});

test('basic and bearer authentication let in who they know', async t => {
  const users = { kind: 'basic', users: { ada: 'löve:lace' } } as const;
  const authorization = `Basic ${Buffer.from('ada:löve:lace').toString('base64')}`;
  const basic = await RestUnderTest.start(t, { authentication: users, headers: { authorization } });
  t.is((await basic.ask('GET', '/connectors')).status, 200);
  t.is((await basic.ask('GET', '/health', undefined, { authorization: '' })).status, 200);
  for (const wrong of ['', 'Basic', `Basic ${Buffer.from('ada:').toString('base64')}`, 'Bearer ada', 'Basic %%%']) {
    const refused = await basic.ask('GET', '/connectors', undefined, { authorization: wrong });
    t.is(refused.status, 401, wrong);
    t.regex(refused.headers.get('www-authenticate')!, /^Basic/);
  }
  const bearer = await RestUnderTest.start(t, {
    authentication: { kind: 'bearer', tokens: ['one', 'two'] },
    headers: { authorization: 'Bearer two' },
  });
  t.is((await bearer.ask('GET', '/connectors')).status, 200);
  t.is((await bearer.ask('GET', '/connectors', undefined, { authorization: 'Bearer three' })).status, 401);
});

test('without authentication a page in a browser cannot use the API', async t => {
  const rest = await RestUnderTest.start(t);
  t.is((await rest.ask('GET', '/connectors', undefined, { origin: 'https://evil.example' })).status, 403);
  t.is((await rest.ask('GET', '/connectors', undefined, { origin: 'http://localhost:3000' })).status, 200);
  const { port } = new URL(rest.url);
  // fetch sets the host itself: a name that was made to point here is sent by hand.
  const status = await new Promise<number | undefined>((resolve, reject) => {
    const asked = request({ port, host: '127.0.0.1', path: '/connectors', headers: { host: `evil.example:${port}` } });
    asked.on('response', response => resolve(response.resume().statusCode)).on('error', reject);
    asked.end();
  });
  t.is(status, 403);
});

test('a request that takes too long is answered, and a close waits for what has come', async t => {
  const log = await openLog('memory:');
  t.teardown(() => log.close());
  const rest = await listenRest(log, {
    address: listenAddress('http://127.0.0.1:0'),
    logger: new KeptLog(),
    requestTimeoutMs: 50,
  });
  t.teardown(() => rest.close());
  const never = new Promise<never>(() => {});
  const started = { putConfig: () => never, connectors: () => [], pluginConfig: () => [] };
  rest.attach(started as never);
  const body = JSON.stringify({ 'connector.class': 'x' });
  const asked = fetch(`${rest.url}/connectors/x/config`, {
    method: 'PUT',
    body,
    headers: { 'content-type': 'application/json' },
  });
  const answer = await asked;
  t.is(answer.status, 500);
  t.regex(((await answer.json()) as { message: string }).message, /^Request timed out/);
  await rest.close();
  await t.throwsAsync(fetch(`${rest.url}/connectors`));
});

const scenarios = JSON.parse(readFileSync('test/conformance/connect/rest.json', 'utf8')) as readonly RestCase[];

for (const scenario of scenarios) {
  test(`Kafka Connect's answers: ${scenario.id}`, async t => {
    await using log = await openLog('memory:');
    await using server = await listenRest(log, { address: listenAddress('http://127.0.0.1:0'), logger: new KeptLog() });
    const described = new DescribedAnswers(await (await fetch(`${server.url}/openapi.json`)).json());
    const undescribed: string[] = [];
    const outcome = await runRestCase(scenario, (method, url, { status }, body) => {
      const fault = described.fault(method, url, status, body);
      if (fault !== undefined) undescribed.push(fault);
    });
    t.deepEqual(undescribed, []);
    t.deepEqual(outcome.failures, []);
    for (const rule of outcome.rules) t.log(`differs on purpose: ${rule}`);
  });
}
