// What one log knows of transactions: what is stable, what was aborted, and all of it again after a restart.

import test from 'ava';
import type { PartitionLog } from '../../../core/log/partition-log.js';
import { MemoryDisk } from '../../../core/platform/memory-disk.js';
import { nodeCompression } from '../../../core/platform/node-compression.js';
import { nodePorts } from '../../../core/platform/node-ports.js';
import type { Ports } from '../../../core/ports/ports.js';
import { writeEndTransactionMarker } from '../../../core/records/end-transaction-marker.js';
import { appendOptions, batchOf, openLog } from './batches.js';

const directory = '/t/orders-0';

function open(ports: Ports, segmentBytes = 400): PartitionLog {
  ports.disk.makeDirectory(directory);
  return openLog(ports, directory, { config: { segmentBytes, indexIntervalBytes: 100, flush: { kind: 'os' } } });
}

function write(log: PartitionLog, producerId: number, baseSequence: number, producerEpoch = 0): number {
  const facts = { producerId, producerEpoch, baseSequence, isTransactional: true };
  return log.append(batchOf(['x'], facts), appendOptions).baseOffset;
}

function end(
  log: PartitionLog,
  producerId: number,
  commits: boolean,
  rest: { epoch?: number; coordinator?: number } = {},
) {
  const { epoch = 0, coordinator = 0 } = rest;
  const marker = { producerId, producerEpoch: epoch, coordinatorEpoch: coordinator, commits };
  log.append(writeEndTransactionMarker(nodeCompression, marker, 5_000), { ...appendOptions, origin: 'coordinator' });
}

/** Transactions of three producers, in and through one another, in several segments. */
function fill(log: PartitionLog): void {
  const sequences = [0, 0, 0];
  const next = (producer: number): void => void write(log, producer, sequences[producer]!++);
  for (let round = 0; round < 12; round++) {
    next(0);
    next(1);
    if (round % 3 === 0) next(2);
    end(log, 0, round % 2 === 0);
    log.append(batchOf(['plain']), appendOptions);
    end(log, 1, false);
    if (round % 3 === 2) end(log, 2, round < 6);
  }
  next(1);
}

/** All that the log tells readers of committed records, wherever they begin. */
function told(log: PartitionLog): unknown {
  const offsets = Array.from({ length: log.logEndOffset }, (_, offset) => offset);
  return [
    log.lastStableOffset,
    offsets.map(offset => log.abortedTransactions(offset, log.lastStableOffset)),
    [...log.producers.entries]
      .map(({ batches, ...entry }) => ({ ...entry, last: batches.at(-1)?.lastSequence }))
      .sort((a, b) => a.producerId - b.producerId),
  ];
}

test('the last stable offset is where the oldest open transaction begins', t => {
  const log = open(nodePorts({ disk: new MemoryDisk() }));
  log.append(batchOf(['plain']), appendOptions);
  t.is(log.lastStableOffset, 1);
  t.is(write(log, 1, 0), 1);
  t.is(write(log, 2, 0), 2);
  t.is(log.lastStableOffset, 1);
  end(log, 1, true);
  t.is(log.lastStableOffset, 2);
  end(log, 2, false);
  t.is(log.lastStableOffset, 5);
  t.deepEqual(log.abortedTransactions(0, 5), [{ producerId: 2, firstOffset: 2, lastOffset: 4, lastStableOffset: 5 }]);
  t.deepEqual(log.abortedTransactions(0, 2), []);
  t.deepEqual(log.abortedTransactions(5, 9), []);
  end(log, 3, false);
  t.is(log.abortedTransactions(0, 9).length, 1, 'a marker of nothing aborts nothing');
});

test('a marker that is not on disk yet decides nothing', async t => {
  const ports = nodePorts({ disk: new MemoryDisk() });
  ports.disk.makeDirectory(directory);
  const log = openLog(ports, directory, { config: { flush: { kind: 'commit' } } });
  write(log, 1, 0);
  await log.flush();
  end(log, 1, true);
  t.is(log.lastStableOffset, 0);
  await log.flush();
  t.is(log.lastStableOffset, 2);
});

test('who is fenced may not write, neither producer nor coordinator', t => {
  const log = open(nodePorts({ disk: new MemoryDisk() }));
  write(log, 1, 0);
  end(log, 1, false, { epoch: 1, coordinator: 5 });
  t.throws(() => write(log, 1, 1), { message: /INVALID_PRODUCER_EPOCH/ });
  t.throws(() => write(log, 1, 3, 1), { message: /sequence 3 where 0 comes next/ });
  t.notThrows(() => write(log, 1, 0, 1));
  t.throws(() => end(log, 1, true, { epoch: 1, coordinator: 4 }), { message: /TRANSACTION_COORDINATOR_FENCED/ });
  t.throws(() => end(log, 1, true, { epoch: 0, coordinator: 6 }), { message: /INVALID_PRODUCER_EPOCH/ });
  t.throws(() => log.append(batchOf(['x'], { producerId: 1, producerEpoch: 1, baseSequence: 1 }), appendOptions), {
    message: /INVALID_TXN_STATE/,
  });
});

const leftOvers: readonly (readonly [what: string, damage: (ports: Ports) => void])[] = [
  ['as it was', () => undefined],
  ['without its producer snapshots', ports => removeFiles(ports, '.snapshot')],
  ['with damaged lists of aborted transactions', ports => damage(ports)],
  ['without snapshots and lists', ports => removeFiles(ports, '.snapshot', '.txnindex')],
];

for (const [what, harm] of leftOvers) {
  for (const ending of ['closed', 'killed'] as const) {
    test(`a log that was ${ending}, ${what}, tells the same of transactions`, async t => {
      const ports = nodePorts({ disk: new MemoryDisk() });
      const log = open(ports);
      fill(log);
      const before = told(log);
      t.true(log.segmentCount > 5);
      if (ending === 'closed') await log.close();
      else log.discard();
      t.true(ports.disk.list(directory).some(name => name.endsWith('.txnindex')));
      harm(ports);
      const again = open(ports);
      t.deepEqual(told(again), before);
      await again.close();
      t.deepEqual(told(open(ports)), before);
    });
  }
}

test('what a crash cuts off a log is forgotten of its transactions too', async t => {
  const ports = nodePorts({ disk: new MemoryDisk() });
  const log = open(ports, 100_000);
  write(log, 1, 0);
  await log.checkpoint();
  const stable = told(log);
  end(log, 1, false);
  await log.checkpoint();
  log.discard();
  const path = `${directory}/00000000000000000000.log`;
  const file = ports.disk.open(path, 'create');
  file.truncate(file.sizeBytes() - 10);
  file.close();
  const again = open(ports, 100_000);
  t.is(again.logEndOffset, 1);
  t.deepEqual(told(again), stable);
  end(again, 1, true);
  t.deepEqual(again.abortedTransactions(0, 2), []);
});

function removeFiles({ disk }: Ports, ...suffixes: readonly string[]): void {
  for (const name of disk.list(directory)) {
    if (suffixes.some(suffix => name.endsWith(suffix))) disk.removeFile(`${directory}/${name}`);
  }
}

function damage({ disk }: Ports): void {
  for (const name of disk.list(directory)) {
    if (!name.endsWith('.txnindex')) continue;
    const bytes = Buffer.from(disk.readFile(`${directory}/${name}`));
    bytes[1] = 7;
    disk.replaceFile(`${directory}/${name}`, bytes);
  }
}
