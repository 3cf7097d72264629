// What the URL of a cluster, our options and Kafka's properties come to, and what is refused; and SCRAM by the example of its RFC.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { UsageError } from '../../../core/base/errors.js';
import { ScramAuthenticator } from '../../../core/client/network/scram-authenticator.js';
import { parseClusterUrl } from '../../../core/open/cluster-url.js';
import { networkSettingsOf } from '../../../core/open/network-settings-of.js';
import { openLog } from '../../../core/open/open-log.js';
import type { OpenLogOptions } from '../../../core/open/open-options.js';
import { nodePorts } from '../../../core/platform/node-ports.js';

const ports = nodePorts();
const pem = '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n';

function settings(url: string, options: OpenLogOptions = {}) {
  const [, scheme, rest] = /^(kafka|kafka\+ssl):(.*)$/.exec(url)!;
  return networkSettingsOf(parseClusterUrl(scheme as 'kafka', rest!), options, ports.disk);
}

/** The message of a refusal, which must hold no secret. */
function refusal(t: ExecutionContext, url: string, options: OpenLogOptions = {}): string {
  const { message } = t.throws(() => settings(url, options), { instanceOf: UsageError });
  t.false(message.includes('secret'), message);
  return message;
}

test('a URL names brokers, a user and whether they are encrypted; what is shown of it hides the password', t => {
  const parsed = parseClusterUrl('kafka+ssl', '//al%40ice:se%3Acret@a:1,b,[::1]:3/');
  t.deepEqual(parsed, {
    url: 'kafka+ssl://al%40ice:***@a:1,b:9092,[::1]:3',
    bootstrap: [
      { host: 'a', port: 1 },
      { host: 'b', port: 9092 },
      { host: '::1', port: 3 },
    ],
    isEncrypted: true,
    username: 'al@ice',
    password: 'se:cret',
  });
});

test('a URL that is none is refused without its password', async t => {
  for (const rest of [
    'u:secret@',
    '//u:secret@',
    '//u:secret@h:0',
    '//u:secret@h:1/topic',
    '//u:secret%@h',
    '//h:1,,h:2',
  ]) {
    const { message } = await t.throwsAsync(openLog(`kafka:${rest}`), { name: 'UsageError' });
    t.false(message.includes('secret'), message);
  }
});

test('Kafka’s properties say how a cluster is reached, and our options win over them', t => {
  const found = settings('kafka://h', {
    'client.id': 'c',
    'request.timeout.ms': '5000',
    'reconnect.backoff.ms': 7,
    'reconnect.backoff.max.ms': '70',
    'socket.connection.setup.timeout.ms': '900',
    'receive.message.max.bytes': '1000000',
    requestTimeoutMs: 6_000,
  });
  t.like(found, { clientId: 'c', requestTimeoutMs: 6_000, connectionSetupTimeoutMs: 900, answerBytesMax: 1_000_000 });
  t.like(found, { reconnectBackoffMs: 7, reconnectBackoffMaxMs: 70, tls: undefined, sasl: undefined });
});

test('who we are comes from the URL, the properties, or JAAS', t => {
  const alice = { mechanism: 'PLAIN', username: 'alice', password: 'a;b"c' };
  t.deepEqual(settings('kafka://alice:a;b%22c@h').sasl, alice);
  t.deepEqual(settings('kafka://h', { 'sasl.username': 'alice', 'sasl.password': 'a;b"c' }).sasl, alice);
  const module = 'org.apache.kafka.common.security.plain.PlainLoginModule';
  const jaas = `${module} required\n  username="alice"\n  password="a;b\\"c";`;
  t.deepEqual(settings('kafka://h', { 'security.protocol': 'SASL_PLAINTEXT', 'sasl.jaas.config': jaas }).sasl, alice);
  const scram = settings('kafka://alice:p@h', { 'sasl.mechanism': 'scram-sha-256' }).sasl;
  t.deepEqual(scram, { mechanism: 'SCRAM-SHA-256', username: 'alice', password: 'p' });
  t.is(settings('kafka://alice:p@h', { 'security.protocol': 'PLAINTEXT' }).sasl, undefined);
});

test('certificates are read from PEM files, and a key store of another kind is refused', t => {
  const folder = mkdtempSync(join(tmpdir(), 'millrace-pem-'));
  t.teardown(() => rmSync(folder, { recursive: true, force: true }));
  const [good, bad] = [join(folder, 'good.pem'), join(folder, 'store.jks')];
  writeFileSync(good, pem);
  writeFileSync(bad, Buffer.from([0xfe, 0xed, 0xfe, 0xed]));
  const both = { 'ssl.keystore.location': good, 'ssl.key.password': 'secret' };
  const found = settings('kafka://h', { 'security.protocol': 'ssl', 'ssl.truststore.location': good, ...both });
  t.deepEqual(found.tls, { ca: pem, certificate: pem, key: pem, passphrase: 'secret' });
  t.like(settings('kafka+ssl://h', { 'ssl.endpoint.identification.algorithm': '' }).tls, { verifyHostName: false });
  t.regex(refusal(t, 'kafka+ssl://h', { 'ssl.ca.location': bad }), /holds no PEM: convert it/);
  t.regex(refusal(t, 'kafka+ssl://h', { 'ssl.ca.location': join(folder, 'none') }), /none cannot be read/);
  t.regex(refusal(t, 'kafka+ssl://h', { 'ssl.keystore.type': 'JKS' }), /only PEM is read here/);
});

test('what contradicts itself, or would send a secret in the clear, is refused', t => {
  t.regex(refusal(t, 'kafka+ssl://h', { 'security.protocol': 'PLAINTEXT' }), /contradicts kafka\+ssl/);
  t.regex(refusal(t, 'kafka://h', { 'ssl.ca.location': '/ca.pem' }), /nothing is encrypted: use kafka\+ssl/);
  t.regex(refusal(t, 'kafka://h', { 'security.protocol': 'SASL_SSL' }), /needs sasl.mechanism/);
  t.regex(refusal(t, 'kafka://alice@h'), /needs a user and a password/);
  t.regex(refusal(t, 'kafka://h', { 'sasl.mechanism': 'GSSAPI' }), /known are PLAIN, SCRAM-SHA-256/);
  t.regex(refusal(t, 'kafka://h', { 'sasl.jaas.config': 'password="secret"' }), /sasl.jaas.config is not understood/);
  t.regex(refusal(t, 'kafka://h', { 'request.timeout.ms': 'soon' }), /request.timeout.ms=soon: write a whole number/);
  t.regex(refusal(t, 'kafka://h', { 'security.protocol': 'TLS' }), /known are PLAINTEXT, SSL/);
  t.regex(refusal(t, 'kafka://h', { sasl: { mechanism: 'PLAIN', username: 'a' } as never }), /PLAIN needs password/);
});

test('an option that is none is refused with the nearest, whatever the place', async t => {
  const open = (options: object) => openLog('memory:', options);
  await t.throwsAsync(open({ 'sasl.mechansim': 'PLAIN' }), { message: /did you mean "sasl.mechanism"/ });
  await t.throwsAsync(open({ requestTimeout: 1 }), { message: /did you mean "requestTimeoutMs"/ });
  // A program runs unchanged where its URL is another one.
  await using log = await openLog('memory:', { 'security.protocol': 'SASL_SSL', requestTimeoutMs: 5 });
  t.is(log.url, 'memory:');
});

// RFC 7677, section 3.
const nonce = 'rOprNGfwEbeRWgbNEkqO';
const serverFirst = `r=${nonce}%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096`;
const serverFinal = 'v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=';

function pencil(): ScramAuthenticator {
  const random = { ...ports.random, bytes: () => Buffer.from(nonce, 'base64') };
  return new ScramAuthenticator({ ...ports, random }, 'sha256', { username: 'user', password: 'pencil' });
}

test('SCRAM speaks as its RFC has it', async t => {
  const scram = pencil();
  t.is(Buffer.from(await scram.begin()).toString(), `n,,n=user,r=${nonce}`);
  const proof = await scram.answer(Buffer.from(serverFirst));
  const said = `c=biws,r=${nonce}%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=`;
  t.is(Buffer.from(proof!).toString(), said);
  t.is(await scram.answer(Buffer.from(serverFinal)), undefined);
});

test('SCRAM believes no server that does not prove that it knows the password', async t => {
  const wrong = ['v=7rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=', 'v=', '', 'e=invalid-proof'];
  for (const final of wrong) {
    const scram = pencil();
    await scram.answer(Buffer.from(serverFirst));
    await t.throwsAsync(scram.answer(Buffer.from(final)), { name: 'ProtocolError', message: /SASL_AUTHENTICATION/ });
  }
  const strange = ['', `r=${nonce},s=AAAA,i=4096`, serverFirst.replace('rOpr', 'sOpr')];
  const weak = ['i=1', 'i=99999999', 'i=many'].map(count => serverFirst.replace('i=4096', count));
  for (const first of [...strange, ...weak]) {
    await t.throwsAsync(pencil().answer(Buffer.from(first)), { name: 'ProtocolError' }, first);
  }
});
