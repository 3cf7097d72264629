import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import fc from 'fast-check';
import { UsageError } from '../../../core/base/errors.js';
import { environmentFailpoint } from '../../../core/platform/environment-failpoint.js';
import { MemoryDisk } from '../../../core/platform/memory-disk.js';
import { nodeDisk } from '../../../core/platform/node-disk.js';
import { nodePorts } from '../../../core/platform/node-ports.js';
import type { Disk } from '../../../core/ports/disk.js';

const root = mkdtempSync(join(tmpdir(), 'millrace-platform-'));
const disks: readonly (readonly [string, Disk])[] = [
  ['the operating system', nodeDisk],
  ['memory', new MemoryDisk()],
];

for (const [name, disk] of disks) {
  test(`the disk of ${name} keeps directories and files`, async t => {
    const directory = `${root}/a/b`;
    disk.makeDirectory(directory);
    disk.makeDirectory(directory);
    t.throws(() => disk.open(`${directory}/none`, 'read'), { name: 'WorldFault', message: /none: open failed/ });
    t.throws(() => disk.open(`${root}/nowhere/file`, 'create'), { name: 'WorldFault' });
    const file = disk.open(`${directory}/file`, 'create');
    file.write(Buffer.from('xhello worldx'), 1, 12, 0);
    await file.flush();
    file.flushNow();
    const target = Buffer.alloc(20);
    t.is(file.read(target, 2, 5, 6), 5);
    t.is(target.subarray(2, 7).toString(), 'world');
    t.is(await file.readAsync(target, 0, 20, 6), 5);
    t.is(file.read(target, 0, 5, 100), 0);
    file.truncate(5);
    t.is(file.sizeBytes(), 5);
    file.close();
    file.close();
    t.throws(() => file.sizeBytes(), { name: 'WorldFault', message: /closed/ });
    t.is(Buffer.from(disk.readFile(`${directory}/file`)).toString(), 'hello');
    disk.replaceFile(`${directory}/file`, Buffer.from('new'));
    disk.rename(`${directory}/file`, `${directory}/renamed`);
    disk.rename(directory, `${root}/a/c`);
    t.false(disk.exists(directory));
    t.deepEqual(disk.list(`${root}/a/c`), ['renamed']);
    t.is(Buffer.from(disk.readFile(`${root}/a/c/renamed`)).toString(), 'new');
    t.throws(() => disk.removeDirectory(`${root}/a/c`), { name: 'WorldFault' });
    disk.removeFile(`${root}/a/c/renamed`);
    t.throws(() => disk.removeFile(`${root}/a/c/renamed`), { name: 'WorldFault' });
    disk.removeDirectory(`${root}/a/c`);
    disk.flushDirectory(`${root}/a`);
    t.deepEqual(disk.list(`${root}/a`), []);
    const lock = await disk.lockDirectory(`${root}/a`);
    await t.throwsAsync(disk.lockDirectory(`${root}/a`), { instanceOf: UsageError });
    await lock.release();
  });
}

test('a file in memory is what a file on disk is, through any writes, cuts and reads', t => {
  const place = fc.nat({ max: 700_000 });
  const step = fc.oneof(
    fc.record({
      kind: fc.constant('write' as const),
      at: place,
      length: fc.nat({ max: 300_000 }),
      byte: fc.nat({ max: 255 }),
    }),
    fc.record({ kind: fc.constant('truncate' as const), at: place, length: fc.constant(0), byte: fc.constant(0) }),
  );
  let run = 0;
  fc.assert(
    fc.property(fc.array(step, { maxLength: 8 }), steps => {
      const path = `${root}/file-${run++}`;
      const memory = new MemoryDisk();
      memory.makeDirectory(root);
      const files = [nodeDisk.open(path, 'create'), memory.open(path, 'create')] as const;
      for (const { kind, at, length, byte } of steps) {
        const isCut = kind === 'truncate' && at > files[0].sizeBytes();
        for (const file of files) {
          if (kind === 'write') file.write(Buffer.alloc(length, byte), 0, length, length === 0 ? 0 : at);
          else if (!isCut) file.truncate(at);
        }
      }
      const [onDisk, inMemory] = files.map(file => {
        const bytes = Buffer.alloc(file.sizeBytes());
        t.is(file.read(bytes, 0, bytes.length, 0), bytes.length);
        file.close();
        return bytes;
      });
      t.true(onDisk!.equals(inMemory!));
      nodeDisk.removeFile(path);
    }),
    { numRuns: 60 },
  );
});

test('a sleep ends early with the reason of its signal', async t => {
  const { clock } = nodePorts();
  const controller = new AbortController();
  const sleeping = clock.sleep(60_000, controller.signal);
  controller.abort(new Error('enough'));
  await t.throwsAsync(sleeping, { message: 'enough' });
  await t.throwsAsync(clock.sleep(1, controller.signal), { message: 'enough' });
  const order: string[] = [];
  clock.setTimer(0, () => order.push('timer')).cancel();
  clock.defer(() => order.push('deferred'));
  order.push('now');
  await clock.sleep(5);
  t.deepEqual(order, ['now', 'deferred']);
});

test('failpoints do nothing unless the environment names one', t => {
  const failpoint = environmentFailpoint({});
  failpoint('log/roll-started');
  t.throws(() => environmentFailpoint({ MILLRACE_FAILPOINT: 'log/roll-started:0' }), { name: 'UsageError' });
  environmentFailpoint({ MILLRACE_FAILPOINT: 'log/roll-started:2' })('log/roll-started');
  t.pass();
});
