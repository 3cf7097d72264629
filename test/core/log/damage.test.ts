// What a crash, a torn write or a flipped bit leaves: the log opens to a prefix of what was acknowledged, never with an exception, and
// never hands out a record that was not written so.

import test, { type ExecutionContext } from 'ava';
import { standaloneHost } from '../../../core/log/log-host.js';
import { MemoryDisk } from '../../../core/platform/memory-disk.js';
import { nodePorts } from '../../../core/platform/node-ports.js';
import type { Ports } from '../../../core/ports/ports.js';
import { appendOptions, batchOf, openLog, readAll, recordsOf } from './batches.js';

const directory = '/data/orders-0';
const logFile = `${directory}/00000000000000000000.log`;
const garbage = Buffer.from('garbage that is no index at all, of 61 bytes, an odd number!!');
type IndexState = 'missing' | 'whole' | 'garbage';

/** The bytes of a log of two batches, and every record in it. */
async function writtenLog(): Promise<{
  bytes: Uint8Array;
  firstSize: number;
  files: Map<string, Uint8Array>;
  records: string[];
}> {
  const ports = nodePorts({ disk: new MemoryDisk() });
  const log = openLog(ports, directory, { config: { indexIntervalBytes: 0 } });
  const producer = { producerId: 7, producerEpoch: 0 };
  log.append(batchOf(['one', 'two'], { ...producer, baseSequence: 0 }), { ...appendOptions, leaderEpoch: 0 });
  const firstSize = log.sizeBytes;
  log.append(batchOf(['three', 'four'], { ...producer, baseSequence: 2 }, 2_000), { ...appendOptions, leaderEpoch: 3 });
  await log.close();
  const files = new Map(ports.disk.list(directory).map(name => [name, ports.disk.readFile(`${directory}/${name}`)]));
  const bytes = ports.disk.readFile(logFile);
  return { bytes, firstSize, files, records: ['0:one', '1:two', '2:three', '3:four'] };
}

function damagedDisk(files: ReadonlyMap<string, Uint8Array>, bytes: Uint8Array, indexes: IndexState): Ports {
  const disk = new MemoryDisk();
  disk.makeDirectory(directory);
  for (const [name, content] of files) {
    const isIndex = name.endsWith('index') || name.endsWith('.snapshot') || name === 'leader-epoch-checkpoint';
    if (isIndex && indexes === 'missing') continue;
    disk.replaceFile(`${directory}/${name}`, isIndex && indexes === 'garbage' ? garbage : content);
  }
  disk.replaceFile(logFile, bytes);
  return nodePorts({ disk });
}

/** Opens what is there and checks that it is `prefix` and that appending goes on behind it, also over another open. */
async function opensTo(t: ExecutionContext, ports: Ports, prefix: readonly string[], what: string): Promise<void> {
  for (const isCleanShutdown of [false, true]) {
    const log = openLog(ports, directory, { isCleanShutdown, host: standaloneHost(0) });
    t.deepEqual(readAll(log), prefix, what);
    t.is(log.logEndOffset, prefix.length, what);
    await log.close();
  }
  const log = openLog(ports, directory);
  const result = log.append(batchOf(['next']), { ...appendOptions, leaderEpoch: 9 });
  t.is(result.baseOffset, prefix.length, what);
  await log.close();
  const again = openLog(ports, directory, { host: standaloneHost(0) });
  t.deepEqual(readAll(again), [...prefix, `${prefix.length}:next`], what);
  await again.close();
}

for (const indexes of ['missing', 'whole', 'garbage'] as const) {
  test(`a log cut at any byte opens to the batches before the cut (indexes ${indexes})`, async t => {
    const { bytes, firstSize, files, records } = await writtenLog();
    for (let size = 0; size <= bytes.length; size++) {
      const prefix = size < firstSize ? [] : size < bytes.length ? records.slice(0, 2) : records;
      await opensTo(t, damagedDisk(files, bytes.subarray(0, size), indexes), prefix, `cut at ${size}`);
    }
  });

  test(`a log with any bit flipped opens to the batches before the flip (indexes ${indexes})`, async t => {
    const { bytes, firstSize, files, records } = await writtenLog();
    for (let at = 0; at < bytes.length; at++) {
      for (const mask of [1, 2, 4, 8, 16, 32, 64, 128, 0xff]) {
        const flipped = Buffer.from(bytes);
        flipped[at]! ^= mask;
        // Without an epoch file nothing can tell that an epoch is another one; the records are right all the same.
        const isEpoch = (at % firstSize) - 12 >= 0 && (at % firstSize) - 12 < 4;
        if (isEpoch && indexes !== 'whole') continue;
        await opensTo(
          t,
          damagedDisk(files, flipped, indexes),
          at < firstSize ? [] : records.slice(0, 2),
          `flip at ${at} by ${mask}`,
        );
      }
    }
  });
}

test('a flipped bit below the recovery point is found when it is read, not served', async t => {
  const { bytes, firstSize, files, records } = await writtenLog();
  for (let at = 0; at < firstSize; at++) {
    const flipped = Buffer.from(bytes);
    flipped[at]! ^= 0x10;
    if (at >= 12 && at < 16) continue; // the leader epoch: the records are right
    const log = openLog(damagedDisk(files, flipped, 'whole'), directory, { recoveryPoint: 4, host: standaloneHost(0) });
    t.throws(() => readAll(log), { name: 'ProtocolError', message: /CORRUPT_MESSAGE/ }, `flip at ${at}`);
    await t.throwsAsync(log.readAsync(0, 1000, 4), { message: /CORRUPT_MESSAGE/ });
    t.deepEqual(recordsOf(log.read(3, 1000, 4)), records.slice(2)); // the batch behind it is well
    t.is(log.logEndOffset, records.length);
    await log.close();
  }
});

test('wrong but plausible indexes never lead a reader astray', async t => {
  const { bytes, files, records } = await writtenLog();
  const index = Buffer.from(files.get('00000000000000000000.index')!);
  t.true(index.length >= 8);
  for (const position of [1, 61, bytes.length - 1]) {
    index.writeInt32BE(position, index.length - 4);
    const ports = damagedDisk(new Map([...files, ['00000000000000000000.index', index]]), bytes, 'whole');
    for (const options of [{ recoveryPoint: 4 }, { recoveryPoint: 0 }, { isCleanShutdown: true }]) {
      const log = openLog(ports, directory, { ...options, host: standaloneHost(0) });
      t.deepEqual(readAll(log), records);
      await log.close();
      ports.disk.replaceFile(`${directory}/00000000000000000000.index`, index);
    }
  }
});
