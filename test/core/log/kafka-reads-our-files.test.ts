import { mkdtempSync, readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import { nodePorts } from '../../../core/platform/node-ports.js';
import { BatchWriter } from '../../../core/records/batch-writer.js';
import { appendOptions, batchOf, openLog, text } from './batches.js';
import { kafkaTool, missingKafkaTools } from './kafka-tools.js';

test('Apache Kafka’s dump tool reads log, indexes and producer snapshots without complaint', async t => {
  const missing = missingKafkaTools();
  if (missing !== undefined) {
    t.log(`left out: kafka-dump-log on our files (${missing})`);
    t.pass();
    return;
  }
  const directory = await writeLog();
  const files = readdirSync(directory).filter(name => /\.(log|index|timeindex|snapshot)$/.test(name));
  for (const suffix of ['.log', '.index', '.timeindex', '.snapshot']) {
    t.true(files.filter(name => name.endsWith(suffix)).length > 2, suffix);
  }
  const paths = files.map(name => join(directory, name)).join(',');
  const checks = ['--deep-iteration', '--print-data-log', '--index-sanity-check'];
  const dump = kafkaTool('kafka-dump-log', ...checks, '--files', paths);
  const verified = kafkaTool('kafka-dump-log', '--verify-index-only', '--files', paths);
  for (const output of [dump, verified]) {
    // The tool finds "-1 is followed by 224" in every segment that does not begin at 0.
    const complaints =
      /mismatch|not found|[0-9] is followed by|out of order|exception|corrupt|isvalid: false|error|invalid/i;
    const isComplaint = (line: string): boolean => complaints.test(line) && !/^ *-1 is followed by \d+$/.test(line);
    t.deepEqual(output.split('\n').filter(isComplaint), []);
  }
  t.is(dump.match(/payload: value \d+/g)?.length, 600);
  t.is(dump.match(/headerKeys: \[source\]/g)?.length, 100);
  t.regex(dump, /passed sanity check/);
  t.regex(dump, /producerId: 7 producerEpoch: 0/);
  t.regex(dump, /partitionLeaderEpoch: 4/);
  t.regex(dump, /compresscodec: gzip/i);
});

/** Several segments; plain, gzip, headers, null keys and values, two leader epochs, timestamps that go back. */
async function writeLog(): Promise<string> {
  const directory = join(mkdtempSync(join(tmpdir(), 'millrace-dump-')), 'orders-0');
  const ports = nodePorts();
  const log = openLog(ports, directory, { config: { segmentBytes: 8_000, indexIntervalBytes: 300 } });
  const gzip = new BatchWriter({ codec: 'gzip', compression: ports.compression });
  for (let round = 0; round < 100; round++) {
    const timestamp = 1_700_000_000_000 + ((round * 7) % 50) * 1000;
    const producer = { producerId: 7, producerEpoch: 0, baseSequence: round * 3 };
    const options = { ...appendOptions, leaderEpoch: round < 50 ? 1 : 4 };
    const values = [0, 1, 2].map(each => `value ${round}${each}`);
    log.append(batchOf(values, producer, timestamp), options);
    gzip.append('key', text, `value ${round}`, text, timestamp, [{ key: 'source', value: Buffer.from('test') }]);
    gzip.append(null, text, `value ${round}`.repeat(1), text, timestamp - 5_000_000);
    gzip.append('gone', text, null, text, timestamp + 9);
    gzip.append(null, text, `value ${round}`, text, timestamp + 3);
    log.append(gzip.finish(), options);
    if (round === 70) await log.checkpoint();
  }
  await log.close();
  return directory;
}
