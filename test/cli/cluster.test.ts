// Every command on a cluster: here a broker of ours behind a socket.

import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import test, { type ExecutionContext } from 'ava';
import { BrokerListener } from '../core/network/broker-listener.js';
import { millrace, testFolder } from './run-millrace.js';

const root = fileURLToPath(new URL('../../..', import.meta.url));

async function cluster(t: ExecutionContext): Promise<BrokerListener> {
  const listener = await BrokerListener.start();
  t.teardown(() => listener.close());
  return listener;
}

const wordCount = `
import { json, string, topic, topology } from 'millrace';
const app = topology('word-count');
app.stream(topic('lines')).groupBy(line => line, { key: string }).count({ name: 'counts' }).toStream()
  .to(topic('counts', { value: json() }));
export default app;
`;

test('topics, records, groups and applications are had by a URL, from the flag, the environment or the settings file', async t => {
  const { url } = await cluster(t);
  const cwd = testFolder(t);
  const env = { MILLRACE_URL: url };
  const created = await millrace(['topic', 'create', 'lines', 'counts', '-p', '2', '--url', url], { cwd });
  t.is(created.stderr, '');
  t.is((await millrace(['produce', 'lines', 'a', 'b', 'a'], { cwd, env })).code, 0);
  writeFileSync(join(cwd, 'millrace.config.json'), JSON.stringify({ url, property: { 'client.id': 'cli' } }));
  t.regex((await millrace(['topic', 'list'], { cwd })).stdout, /^counts +2\nlines +2$/m);
  t.regex((await millrace(['topic', 'describe', 'lines'], { cwd })).stdout, /lines/);
  t.deepEqual((await millrace(['consume', 'lines'], { cwd })).stdout.trim().split('\n').sort(), ['a', 'a', 'b']);
  mkdirSync(join(cwd, 'node_modules'));
  symlinkSync(root, join(cwd, 'node_modules/millrace'));
  writeFileSync(join(cwd, 'count.mjs'), wordCount);
  const finished = await millrace(['run', 'count.mjs', '--finish'], { cwd });
  t.deepEqual(finished, { code: 0, stdout: 'word-count: 3 records in, 3 out, 0 late, 0 dead letters\n', stderr: '' });
  t.regex((await millrace(['group', 'list'], { cwd })).stdout, /^word-count +Empty$/m);
  t.regex((await millrace(['group', 'describe', 'word-count'], { cwd })).stdout, /lag 0/);
  t.is((await millrace(['topic', 'delete', 'lines'], { cwd })).code, 0);
});

test('a cluster that does not answer is exit code 3, in one line with its addresses and without secrets', async t => {
  const listener = await cluster(t);
  await listener.close();
  const { port } = listener;
  const cwd = testFolder(t);
  const url = `kafka://me:secret@127.0.0.1:${port},localhost:${port}`;
  const { code, stderr, stdout } = await millrace(['topic', 'list', '--url', url], { cwd });
  t.is(code, 3);
  t.is(stdout, '');
  t.regex(
    stderr,
    new RegExp(
      `^millrace: no broker of kafka://me:\\*\\*\\*@127.0.0.1:${port},localhost:${port} can be reached: .*\n$`,
    ),
  );
  t.regex(stderr, new RegExp(`127.0.0.1:${port}: nobody listens there`));
  t.regex(stderr, new RegExp(`localhost:${port}: nobody listens there`));
});

test('properties come from --property and from a file of Kafka’s tools, and unknown ones are refused', async t => {
  const { url } = await cluster(t);
  const cwd = testFolder(t);
  writeFileSync(join(cwd, 'client.properties'), '# who\nsecurity.protocol = PLAINTEXT\nclient.id: from \\\n  file\n');
  const list = ['topic', 'list', '--url', url, '--command-config', 'client.properties'];
  t.is((await millrace([...list, '-X', 'request.timeout.ms=9000'], { cwd })).stderr, '');
  const misspelt = await millrace([...list, '-X', 'request.timeout=9000'], { cwd });
  t.is(misspelt.code, 2);
  t.regex(misspelt.stderr, /"request.timeout" is no option of openLog \(did you mean "request.timeout.ms"\?\)/);
  const secret = await millrace(
    [...list, '--property', 'sasl.jaas.config=secret', '-X', 'security.protocol=SASL_SSL'],
    { cwd },
  );
  t.is(secret.code, 2);
  t.false(secret.stderr.includes('secret'));
  writeFileSync(join(cwd, 'client.properties'), 'secret\n');
  const broken = await millrace(list, { cwd });
  t.is(broken.code, 2);
  t.is(broken.stderr, 'millrace: client.properties: a line is no name=value\n');
});
