import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import test from 'ava';
import { defaultLogConfig } from '../../../core/log/log-config.js';
import { LogDirectory } from '../../../core/log/log-directory.js';
import { MemoryDisk } from '../../../core/platform/memory-disk.js';
import { nodePorts } from '../../../core/platform/node-ports.js';
import type { Ports } from '../../../core/ports/ports.js';
import { appendOptions, batchOf, readAll, topicId } from './batches.js';

const partition = { topic: 'orders', partition: 0, topicId, config: defaultLogConfig };
const open = (ports: Ports, nodeId = 1): Promise<LogDirectory> =>
  LogDirectory.open(ports, { directory: '/data', nodeId, flush: { kind: 'commit' } });
/** Without the checksum in white space at the end of the last line. */
const textOf = (ports: Ports, name: string): string =>
  Buffer.from(ports.disk.readFile(`/data/${name}`))
    .toString()
    .replace(/[ \t]+\n$/, '\n');

test('a directory keeps its identity and its partitions', async t => {
  const ports = nodePorts({ disk: new MemoryDisk() });
  const first = await open(ports);
  const log = first.openLog(partition);
  t.is(first.openLog(partition), log);
  log.append(batchOf(['a', 'b']), appendOptions);
  await log.flush();
  await t.throwsAsync(open(ports), { name: 'UsageError', message: /already open/ });
  await first.close();
  t.regex(textOf(ports, 'meta.properties'), /^version=1\ncluster\.id=\S{22}\nnode\.id=1\ndirectory\.id=\S{22}\n$/);
  t.is(textOf(ports, 'recovery-point-offset-checkpoint'), '0\n1\norders 0 2\n');
  t.is(textOf(ports, 'replication-offset-checkpoint'), '0\n1\norders 0 2\n');
  t.true(ports.disk.exists('/data/.kafka_cleanshutdown'));
  await t.throwsAsync(open(ports, 2), { name: 'UsageError', message: /belongs to node 1, not 2/ });

  const second = await open(ports);
  t.false(ports.disk.exists('/data/.kafka_cleanshutdown'));
  t.deepEqual([second.clusterId, second.directoryId], [first.clusterId, first.directoryId]);
  t.deepEqual(second.partitionsOnDisk(), [{ topic: 'orders', partition: 0, topicId }]);
  t.throws(() => second.openLog({ ...partition, topicId: 'other' }), { message: /belongs to topic id/ });
  t.deepEqual(readAll(second.openLog(partition)), ['0:a', '1:b']);
  await second.close();
});

test('records deleted stay deleted after a crash, and a removed partition is gone', async t => {
  const ports = nodePorts({ disk: new MemoryDisk() });
  const first = await open(ports);
  const log = first.openLog(partition);
  for (const value of ['a', 'b', 'c']) log.append(batchOf([value]), appendOptions);
  t.throws(() => log.deleteRecordsBefore(2), { message: /OFFSET_OUT_OF_RANGE/ });
  await log.flush();
  t.is(log.deleteRecordsBefore(2), 2);
  const crashed = nodePorts({ disk: ports.disk });
  await first.close();
  ports.disk.removeFile('/data/.kafka_cleanshutdown');
  const second = await open(crashed);
  const again = second.openLog(partition);
  t.is(again.logStartOffset, 2);
  t.deepEqual(readAll(again), ['2:c']);
  await second.removeLog('orders', 0);
  t.deepEqual(second.partitionsOnDisk(), []);
  t.is(second.log('orders', 0), undefined);
  const fresh = second.openLog({ ...partition, topicId: 'another' });
  t.deepEqual([fresh.logStartOffset, fresh.logEndOffset], [0, 0]);
  await second.close();
});

test('a recovery point beyond what is left is taken back before anything is appended', async t => {
  const ports = nodePorts({ disk: new MemoryDisk() });
  const first = await open(ports);
  const log = first.openLog(partition);
  for (const value of ['a', 'b', 'c']) log.append(batchOf([value]), appendOptions);
  await first.close();
  const path = '/data/orders-0/00000000000000000000.log';
  const bytes = ports.disk.readFile(path);
  ports.disk.replaceFile(path, bytes.subarray(0, bytes.length - 10));
  ports.disk.removeFile('/data/.kafka_cleanshutdown');
  const second = await open(ports);
  t.is(second.openLog(partition).logEndOffset, 2);
  t.is(textOf(ports, 'recovery-point-offset-checkpoint'), '0\n1\norders 0 2\n');
  await second.close();
});

const failpoints = [
  'log/roll-started',
  'log/roll-old-flushed',
  'log/roll-snapshot-written',
  'log/roll-file-created',
  'log/roll-finished',
];

test('a process killed in the middle of a roll loses nothing that it acknowledged', async t => {
  const writer = fileURLToPath(new URL('./log-writer.js', import.meta.url));
  for (const failpoint of failpoints) {
    const directory = mkdtempSync(join(tmpdir(), 'millrace-crash-'));
    const hits = join(directory, 'hits');
    for (const [run, count] of [1, 3].entries()) {
      const environment = { MILLRACE_FAILPOINT: `${failpoint}:${count}`, MILLRACE_FAILPOINT_LOG: hits };
      const output = await new Promise<string>(resolve => {
        execFile(process.execPath, [writer, directory], { env: { ...process.env, ...environment } }, (_, stdout) =>
          resolve(stdout),
        );
      });
      t.is(readFileSync(hits, 'utf8'), `${failpoint}\n`.repeat(run + 1));
      const acknowledged = Number(output.trim().split('\n').at(-1));
      t.true(acknowledged > 0);
      const opened = await LogDirectory.open(nodePorts(), { directory, nodeId: 1, flush: { kind: 'commit' } });
      const log = opened.openLog(partition);
      t.true(log.logEndOffset >= acknowledged, `${failpoint}: ${log.logEndOffset} of ${acknowledged}`);
      t.deepEqual(
        readAll(log),
        Array.from({ length: log.logEndOffset }, (_, offset) => `${offset}:${offset}`),
      );
      await opened.close();
    }
  }
});
