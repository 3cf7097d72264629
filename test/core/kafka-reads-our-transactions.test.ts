import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import { openLog } from '../../core/open/open-log.js';
import { kafkaTool, missingKafkaTools } from './log/kafka-tools.js';
import { Requests } from './requests.js';
import { TransactionalRequests } from './transactional-requests.js';

test('Apache Kafka’s dump tool reads transactions, their offsets and their markers', async t => {
  const missing = missingKafkaTools();
  if (missing !== undefined) {
    t.log(`left out: kafka-dump-log on transactions (${missing})`);
    t.pass();
    return;
  }
  const directory = mkdtempSync(join(tmpdir(), 'millrace-transactions-'));
  t.teardown(() => rmSync(directory, { recursive: true, force: true }));
  const log = await openLog(`file:${directory}`);
  const requests = await Requests.on(log);
  await requests.createTopic('flights');
  const copier = new TransactionalRequests(requests, 'copier');
  t.is(await copier.init(), 'none');
  for (const commits of [true, false, true]) {
    t.is(await copier.write('flights', [`${commits}`]), 'none');
    t.is(await copier.commitOffset('readers', 'flights', 17), 'none');
    t.is(await copier.end(commits), 'none');
  }
  const old = new TransactionalRequests(requests, 'old', { isOld: true });
  t.is(await old.init(), 'none');
  t.is(await old.addPartition('flights'), 'none');
  t.is(await old.write('flights', ['open']), 'none');
  await log.close();

  const logOf = (name: string) => join(directory, name, '00000000000000000000.log');
  const states = kafkaTool('kafka-dump-log', '--transaction-log-decoder', '--files', logOf('__transaction_state-0'));
  // Empty, Ongoing, PrepareCommit, PrepareAbort, CompleteCommit, CompleteAbort.
  for (const status of [0, 1, 2, 3, 4, 5]) t.regex(states, new RegExp(`"transactionStatus":${status}`));
  t.regex(states, /"transactionalId":"copier"/);
  const offsets = kafkaTool('kafka-dump-log', '--offsets-decoder', '--files', logOf('__consumer_offsets-0'));
  t.regex(offsets, /isTransactional: true isControl: false/);
  t.regex(offsets, /endTxnMarker: COMMIT coordinatorEpoch: \d/);
  t.regex(offsets, /endTxnMarker: ABORT coordinatorEpoch: \d/);
  t.regex(offsets, /"offset":17/);
  const names = readdirSync(join(directory, 'flights-0')).filter(name =>
    /\.(log|index|timeindex|txnindex|snapshot)$/.test(name),
  );
  const files = names.map(name => join(directory, 'flights-0', name)).join(',');
  const flights = kafkaTool('kafka-dump-log', '--deep-iteration', '--index-sanity-check', '--files', files);
  t.regex(flights, /version: 0 producerId: \d+ firstOffset: 2 lastOffset: 3 lastStableOffset: 4/);
  t.regex(flights, /producerId: \d+ producerEpoch: 0 coordinatorEpoch: -1 currentTxnFirstOffset: OptionalLong\[6\]/);
  for (const output of [states, offsets, flights]) {
    t.notRegex(output, /exception|corrupt|isvalid: false|mismatch/i);
  }
});
