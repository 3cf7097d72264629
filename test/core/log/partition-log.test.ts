import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import { standaloneHost } from '../../../core/log/log-host.js';
import { MemoryDisk } from '../../../core/platform/memory-disk.js';
import { nodePorts } from '../../../core/platform/node-ports.js';
import { appendOptions, batchOf, openLog, readAll, recordsOf } from './batches.js';

const memoryPorts = () => nodePorts({ disk: new MemoryDisk() });
const temporary = (): string => mkdtempSync(join(tmpdir(), 'millrace-log-'));

test('batches get offsets one behind the other and are read once they are flushed', async t => {
  const log = openLog(memoryPorts(), '/data/orders-0');
  const first = log.append(batchOf(['a', 'b']), appendOptions);
  const second = log.append(batchOf(['c']), appendOptions);
  t.deepEqual([first.baseOffset, first.lastOffset, second.baseOffset, log.logEndOffset], [0, 1, 2, 3]);
  t.is(log.highWatermark, 0);
  t.deepEqual(log.read(0, 1000, log.highWatermark), []);
  await log.flushed(second.lastOffset + 1);
  t.is(log.highWatermark, 3);
  t.deepEqual(readAll(log), ['0:a', '1:b', '2:c']);
  t.deepEqual(recordsOf(log.read(1, 1, 3)), ['0:a', '1:b']);
});

test('hot reads share the buffer that was appended, cold reads bring equal bytes', async t => {
  const directory = join(temporary(), 'orders-0');
  const ports = nodePorts();
  const log = openLog(ports, directory, { config: { segmentBytes: 600, indexIntervalBytes: 100 } });
  const batches = Array.from({ length: 40 }, (_, index) => batchOf([`value ${index}`, `more ${index}`]));
  for (const batch of batches) log.append(batch, appendOptions);
  await log.flush();
  t.true(log.segmentCount > 3);
  t.is(log.read(10, 1, 80)[0], batches[5]);
  const expected = readAll(log);
  await log.close();
  for (const options of [{ isCleanShutdown: true }, { recoveryPoint: 0 }, { recoveryPoint: 35 }]) {
    const cold = openLog(ports, directory, { ...options, host: standaloneHost(0) });
    t.is(cold.logEndOffset, 80);
    t.is(cold.highWatermark, 80);
    t.false(cold.isHot(0));
    for (const maxBytes of [1, 150, 1000, 100_000]) t.deepEqual(readAll(cold, maxBytes), expected);
    for (let offset = 0; offset < 80; offset++) {
      const [record] = recordsOf(await cold.readAsync(offset, 1, 80)).filter(each => each.startsWith(`${offset}:`));
      t.is(record, expected[offset]);
    }
    await cold.close();
  }
});
