// The five codecs. That Kafka reads and writes the same is in records.test.ts (its batches) and in test/kafka (its clients).

import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import test from 'ava';
import fc from 'fast-check';
import { nodeCompression } from '../../../core/platform/node-compression.js';
import { type CodecName, codecIds } from '../../../core/ports/compression.js';

const codecs = (Object.keys(codecIds) as CodecName[]).filter(codec => codec !== 'none');
const { compress, decompress } = nodeCompression;
const hex = (text: string) => Buffer.from(text.replaceAll(' ', ''), 'hex');

/** Some of it repeats itself, some does not; up to a few blocks of each codec. */
const anyBytes = fc
  .array(fc.tuple(fc.uint8Array({ maxLength: 300 }), fc.integer({ min: 1, max: 2_000 })), { maxLength: 6 })
  .map(runs => Buffer.concat(runs.map(([run, times]) => Buffer.alloc(run.length * times, Buffer.from(run)))));

test('every codec gives back what it got', t => {
  const same = fc.property(fc.constantFrom(...codecs), anyBytes, (codec, bytes) => {
    const packed = compress(codec, bytes);
    t.is(Buffer.compare(decompress(codec, packed, Math.max(1, bytes.length)), bytes), 0, codec);
  });
  fc.assert(same, { numRuns: 300 });
});

test('none is the bytes themselves', t => {
  const bytes = Buffer.from('as they are');
  t.is(compress('none', bytes), bytes);
  t.is(decompress('none', bytes, 100), bytes);
});

for (const codec of codecs) {
  test(`${codec}: ten megabytes of one letter are packed small, and stay within their bound when unpacked`, t => {
    const sizeBytes = 10_000_000;
    const packed = compress(codec, Buffer.alloc(sizeBytes, 'a'));
    t.true(packed.length < sizeBytes / 15, `${packed.length} bytes`);
    t.is(decompress(codec, packed, sizeBytes).length, sizeBytes);
    for (const bound of [sizeBytes - 1, 100_000, 1]) {
      const message = new RegExp(`unpack to more than ${bound} bytes`);
      t.throws(() => decompress(codec, packed, bound), { name: 'WorldFault', message });
    }
  });

  test(`${codec}: a stream that was cut short is refused, or was whole before its last bytes`, t => {
    const whole = Buffer.from('many words, many words, and some more of them, '.repeat(4_000));
    const packed = compress(codec, whole);
    const cuts = Array.from({ length: 200 }, (_, index) => Math.floor((packed.length * index) / 200));
    let refused = 0;
    for (const cut of cuts) {
      try {
        const part = decompress(codec, packed.subarray(0, cut), 1 << 20);
        t.is(Buffer.compare(part, whole.subarray(0, part.length)), 0, `cut at ${cut}`);
      } catch (error) {
        t.is((error as Error).name, 'WorldFault', `cut at ${cut}: ${error}`);
        refused++;
      }
    }
    // Xerial's framing has no end: what ends between two blocks is as good as whole.
    t.true(refused >= (codec === 'snappy' ? 190 : 199), `${refused} refused`);
  });

  test(`${codec}: damaged streams and garbage are refused or unpacked, within the bound`, t => {
    const bound = 50_000;
    let [refused, unpacked] = [0, 0];
    const damage = fc.array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 3 });
    const within = fc.property(anyBytes, damage, fc.boolean(), (bytes, flips, isGarbage) => {
      const packed = isGarbage ? Buffer.from(bytes) : Buffer.from(compress(codec, bytes));
      for (const [at, byte] of flips) if (packed.length > 0) packed[at % packed.length] = byte;
      try {
        t.true(decompress(codec, packed, bound).length <= bound);
        unpacked++;
      } catch (error) {
        t.is((error as Error).name, 'WorldFault', `${error}`);
        refused++;
      }
    });
    fc.assert(within, { numRuns: 300 });
    t.true(refused > 50, `${refused} refused, ${unpacked} unpacked`);
  });
}

test('a snappy block without xerial’s header is read too', t => {
  // "abcabcabc...": a literal of three bytes and a copy of them.
  t.is(Buffer.from(decompress('snappy', hex('0c 08 616263 15 03'), 100)).toString(), 'abcabcabcabc');
});

test('what a stream claims of its size is checked before anything is allocated', t => {
  const snappy = hex('82534e4150505900 00000001 00000001 00000006 ffffffff07 00');
  t.throws(() => decompress('snappy', snappy, 2 ** 31), { message: /is no snappy stream/ });
  const zstd = hex('28b52ffd e0 0000000001000000 010000');
  t.throws(() => decompress('zstd', zstd, 1 << 20), { message: /unpack to more than 1048576 bytes/ });
  const lz4Lengths = hex(`04224d18 6040 82 04010000 1f00 0100 ${'ff'.repeat(256)} 00000000`);
  t.throws(() => decompress('lz4', lz4Lengths, 1000), { message: /unpack to more than 1000 bytes|is no lz4 stream/ });
});

test('a zstd stream that does not say its size is unpacked, however well it was packed', t => {
  // As Kafka's own writer leaves it: no content size; one block of 128 KiB of zeros (RLE), then as many as it takes.
  const block = hex('020010 00');
  const last = hex('030010 00');
  const frame = Buffer.concat([hex('28b52ffd 00 58'), ...Array.from({ length: 49 }, () => block), last]);
  t.is(decompress('zstd', frame, 50 * 131_072).length, 50 * 131_072);
  t.throws(() => decompress('zstd', frame, 50 * 131_072 - 1), { message: /unpack to more than/ });
});

test('blocks of LZ4 that depend on each other are not what Kafka writes, and are not misread', t => {
  const dependent = Buffer.from(compress('lz4', Buffer.alloc(100, 'a')));
  dependent[4]! &= ~0x20;
  t.throws(() => decompress('lz4', dependent, 1000), { name: 'WorldFault' });
});

test('a package that is not installed is named, with what to do', t => {
  const core = join(dirname(fileURLToPath(import.meta.url)), '../../../core');
  const directory = mkdtempSync(join(tmpdir(), 'millrace-codecs-'));
  t.teardown(() => rmSync(directory, { recursive: true }));
  cpSync(core, join(directory, 'core'), { recursive: true });
  const script = `
    const { nodeCompression } = await import(${JSON.stringify(join(directory, 'core/platform/node-compression.js'))});
    for (const codec of ['gzip', 'snappy', 'lz4', 'zstd']) {
      try { nodeCompression.compress(codec, Buffer.from('x')); console.log(codec, 'works'); }
      catch (error) { console.log(codec, error.message); }
    }`;
  const { stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '--eval', script], {
    encoding: 'utf8',
  });
  t.deepEqual(
    stdout.trim().split('\n'),
    [
      'gzip works',
      ...(
        [
          ['snappy', 'snappy'],
          ['lz4', 'lz4-napi'],
          ['zstd', '@bokuweb/zstd-wasm'],
        ] as const
      ).map(
        ([codec, name]) =>
          `${codec} UNSUPPORTED_COMPRESSION_TYPE: ${codec} needs the package ${name}, ` +
          `which is not here or has no build for this machine: npm install ${name}`,
      ),
    ],
    stderr,
  );
});
