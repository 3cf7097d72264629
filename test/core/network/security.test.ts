// TLS and SASL against a real Apache Kafka.

import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { ProtocolError, WorldFault } from '../../../core/base/errors.js';
import type { SaslOptions } from '../../../core/client/network/sasl-options.js';
import { openLog } from '../../../core/open/open-log.js';
import type { OpenLogOptions } from '../../../core/open/open-options.js';
import { nodePorts } from '../../../core/platform/node-ports.js';
import { metadata } from '../../../core/protocol/03-metadata.js';
import { alice, SecuredKafka, scramUser, shortSessionMs } from './secured-kafka.js';

const { clock } = nodePorts();
const hourMs = 3_600_000;
const plain: SaslOptions = { mechanism: 'PLAIN', ...alice };
let started: SecuredKafka | string = 'it was not started';

test.before(async t => {
  t.timeout(180_000);
  started = await SecuredKafka.start();
});

test.after.always(async () => {
  if (typeof started !== 'string') await started.stop();
});

function testSecured(title: string, body: (t: ExecutionContext, kafka: SecuredKafka) => Promise<void>): void {
  test(title, async t => {
    if (typeof started !== 'string') return await body(t, started);
    t.log(`left out: Apache Kafka with TLS and SASL (${started})`);
    t.pass();
  });
}

/** A token as Kafka takes it where nobody is to be kept out: signed by no one. */
function unsignedToken(lifetimeMs: number): string {
  const seconds = Math.floor(clock.now() / 1000);
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const claims = { sub: 'alice', iat: seconds, exp: seconds + Math.ceil(lifetimeMs / 1000) };
  return `${part({ alg: 'none' })}.${part(claims)}.`;
}

/** Writes and reads a record: every connection that this takes was let in. */
async function works(t: ExecutionContext, url: string, options: OpenLogOptions = {}): Promise<void> {
  await using log = await openLog(url, options);
  const topic = `t-${t.title.replace(/\W+/g, '-')}`.slice(0, 200);
  await log.admin().createTopics([{ name: topic, partitions: 1 }], { ifNotExists: true });
  await log.producer().send(topic, { value: 'let in' });
  const consumer = log.consumer({ topics: [topic], autoOffsetReset: 'earliest' });
  t.is((await consumer.poll({ waitMs: 20_000 }))[0]?.value, 'let in');
}

async function refused(t: ExecutionContext, url: string, options: OpenLogOptions = {}): Promise<Error> {
  return await t.throwsAsync(openLog(url, { openTimeoutMs: 1_000, ...options }));
}

const mechanisms: readonly SaslOptions[] = [
  plain,
  { mechanism: 'SCRAM-SHA-256', ...scramUser },
  { mechanism: 'SCRAM-SHA-512', ...scramUser },
  { mechanism: 'OAUTHBEARER', token: () => unsignedToken(hourMs) },
  { mechanism: 'OAUTHBEARER', token: unsignedToken(hourMs), extensions: { trace: 'on' } },
];

for (const [index, sasl] of mechanisms.entries()) {
  testSecured(`${index}: SASL ${sasl.mechanism} lets clients in`, async (t, kafka) => {
    await works(t, `kafka://${kafka.address('SASL')}`, { sasl });
  });
}

testSecured('a wrong password is refused at once, by address and user, and is not repeated', async (t, kafka) => {
  const address = kafka.address('SASL');
  for (const mechanism of ['PLAIN', 'SCRAM-SHA-256', 'SCRAM-SHA-512'] as const) {
    const username = mechanism === 'PLAIN' ? alice.username : scramUser.username;
    const error = await refused(t, `kafka://${address}`, { sasl: { mechanism, username, password: 'open-sesame' } });
    t.true(error instanceof ProtocolError && error.kind === 'SASL_AUTHENTICATION_FAILED', error.stack);
    t.true(error.message.includes(`${address}: SASL ${mechanism} as "${username}"`), error.message);
    t.regex(error.message, /: check sasl\.username and sasl\.password$/);
    t.false(error.stack!.includes('open-sesame'));
  }
  const error = await refused(t, `kafka://${address}`, {
    sasl: { mechanism: 'OAUTHBEARER', token: unsignedToken(-9e6) },
  });
  t.regex(error.message, /^SASL_AUTHENTICATION_FAILED: .*SASL OAUTHBEARER/);
});

testSecured('a session that ends is renewed on the same connection, and requests wait for that', async (t, kafka) => {
  let tokens = 0;
  const token = () => {
    tokens++;
    return unsignedToken(hourMs);
  };
  const url = `kafka://${kafka.address('SHORT')}`;
  for (const sasl of [{ mechanism: 'OAUTHBEARER', token } as const, mechanisms[1]!]) {
    await using log = await openLog(url, { sasl });
    const connection = await log.connect();
    const before = tokens;
    const endMs = clock.monotonic() + 2.5 * shortSessionMs;
    while (clock.monotonic() < endMs) {
      const sends = Array.from({ length: 5 }, () => connection.send(metadata, metadata.request({ topics: [] })));
      t.true((await Promise.all(sends)).every(({ brokers }) => brokers.length === 1));
      await clock.sleep(50);
    }
    if (sasl.mechanism === 'OAUTHBEARER') t.true(tokens - before >= 2, `${tokens - before} tokens`);
  }
});

testSecured('TLS lets those in who trust the authority, and nobody else', async (t, kafka) => {
  const { ca, stranger } = kafka.certificates;
  const address = kafka.address('TLS');
  await works(t, `kafka+ssl://${address}`, { tls: { ca } });
  await works(t, `kafka://${address}`, { tls: { ca, serverName: 'broker.test' } });
  await works(t, `kafka+ssl://${address}`, { tls: { verifyCertificate: false } });
  await works(t, `kafka+ssl://${address}`, { tls: { ca, serverName: 'other.test', verifyHostName: false } });
  const untrusted = await refused(t, `kafka+ssl://${address}`);
  t.regex(untrusted.message, new RegExp(`${address}: its certificate is not signed by anyone trusted here`));
  t.true(untrusted instanceof WorldFault && !untrusted.isRetriable);
  await refused(t, `kafka+ssl://${address}`, { tls: { ca: stranger.certificate } });
  const misnamed = await refused(t, `kafka+ssl://${address}`, { tls: { ca, serverName: 'other.test' } });
  t.regex(misnamed.message, /its certificate is for another host name/);
});

testSecured('a listener that wants a certificate of the client takes one of its authority only', async (t, kafka) => {
  const { ca, client, stranger } = kafka.certificates;
  const url = `kafka+ssl://${kafka.address('MUTUAL')}`;
  await works(t, url, { tls: { ca, certificate: client.certificate, key: client.key } });
  // The alert may be lost with the connection, when the broker closes it on what it has not read.
  const advice =
    /it wants a certificate of the client that it trusts: name one and its key by ssl|broke the connection off/;
  t.regex((await refused(t, url, { tls: { ca } })).message, advice);
  const strange = { ca, certificate: stranger.certificate, key: stranger.key };
  t.regex((await refused(t, url, { tls: strange })).message, advice);
});

testSecured('properties of Kafka clients say the same: SASL over TLS, with files', async (t, kafka) => {
  const ca = join(kafka.folder, 'ca.crt');
  const url = `kafka://${kafka.address('BOTH')}`;
  await works(t, url, {
    'security.protocol': 'SASL_SSL',
    'sasl.mechanism': 'SCRAM-SHA-512',
    'sasl.jaas.config': `org.apache.kafka.common.security.scram.ScramLoginModule required username="${scramUser.username}" password="${scramUser.password}";`,
    'ssl.truststore.type': 'PEM',
    'ssl.truststore.location': ca,
    'request.timeout.ms': '20000',
    'client.id': 'properties',
  });
  await works(t, `kafka+ssl://alice:${encodeURIComponent(alice.password)}@${kafka.address('BOTH')}`, {
    'ssl.ca.location': ca,
  });
  await works(t, `kafka+ssl://${kafka.address('MUTUAL')}`, {
    'ssl.ca.location': ca,
    'ssl.keystore.type': 'PEM',
    'ssl.keystore.location': kafka.certificates.client.path,
  });
});

testSecured('a listener that speaks otherwise is told apart from one that is not there', async (t, kafka) => {
  const { ca } = kafka.certificates;
  const hint =
    /does its listener want TLS or SASL|use kafka\+ssl|does it speak TLS|it does not speak TLS|leave SASL away|broke the connection off/;
  t.regex((await refused(t, `kafka://${kafka.address('TLS')}`)).message, hint);
  t.regex((await refused(t, `kafka://${kafka.address('SASL')}`)).message, hint);
  const silent = await refused(t, `kafka+ssl://${kafka.address('BOTH')}`, { tls: { ca } });
  t.regex(silent.message, /does its listener want SASL \(sasl\.mechanism\)/);
  t.regex((await refused(t, `kafka+ssl://${kafka.address('PLAINTEXT')}`, { tls: { ca } })).message, hint);
  t.regex((await refused(t, `kafka://${kafka.address('PLAINTEXT')}`, { sasl: plain })).message, hint);
});
