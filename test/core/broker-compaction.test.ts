// Compacted topics as their users see them, in every place.

import { setTimeout as sleep } from 'node:timers/promises';
import { nodeCompression } from '../../core/platform/node-compression.js';
import { codec } from '../../core/records/batch-header.js';
import { RecordCursor } from '../../core/records/record-cursor.js';
import { testInEveryEmbeddedPlace } from './places.js';
import { Requests } from './requests.js';

const compacted = {
  'cleanup.policy': 'compact',
  'segment.bytes': '2000',
  'min.cleanable.dirty.ratio': '0.01',
  'file.delete.delay.ms': '0',
};

/** What is left of a topic: key to value, and how many records there are. */
async function contentOf(requests: Requests, topic: string) {
  const table = new Map<string, string>();
  const cursor = new RecordCursor();
  let count = 0;
  const end = await requests.offsetAt(topic, -1);
  for (let offset = 0; offset < end; ) {
    const { records } = await requests.fetchPartition(topic, 0, offset, { maxBytes: 3_000 });
    for (const bytes of records) {
      for (let at = 0; at < bytes.length; at = cursor.nextBatchAt) {
        cursor.open(bytes, at, nodeCompression);
        for (let index = 0; index < cursor.count; index++) {
          const text = (from: number, to: number) => Buffer.from(cursor.bytes.subarray(from, to)).toString();
          table.set(
            text(cursor.keyStart(index), cursor.keyEnd(index)),
            `${cursor.offset(index)} ${text(cursor.valueStart(index), cursor.valueEnd(index))}`,
          );
          count++;
        }
        offset = cursor.lastOffset + 1;
      }
    }
  }
  return { table, count, end };
}

testInEveryEmbeddedPlace(
  'a compacted topic shrinks to the last record of each key, while it is written to',
  async (t, place) => {
    const broker = { compactionCheckIntervalMs: 5 };
    const log = await place.open({ broker });
    const requests = await Requests.on(log);
    await requests.createTopic('accounts', 1, compacted);
    const expected = new Map<string, string>();
    for (let round = 0; round < 150; round++) {
      const key = `account ${round % 7}`;
      const offset = await requests.produce('accounts', 0, [`${round} ${'x'.repeat(50)}`], { key });
      expected.set(key, `${offset} ${round} ${'x'.repeat(50)}`);
    }
    await log.close();
    // What is still in memory is read as it was written: only another broker reads what is on disk.
    let found = { table: new Map<string, string>(), count: 150, end: 0 };
    for (let attempt = 0; attempt < 200 && found.count > 60; attempt++) {
      const again = await place.open({ broker });
      await sleep(20);
      found = await contentOf(await Requests.on(again), 'accounts');
      await again.close();
    }
    t.true(found.count <= 60, `${found.count} records are left`);
    const sorted = (table: Map<string, string>) => [...table].sort(([a], [b]) => (a < b ? -1 : 1));
    t.deepEqual(sorted(found.table), sorted(expected));
    t.is(found.end, 150);
  },
);

testInEveryEmbeddedPlace('a topic with a compression type of its own keeps no other', async (t, place) => {
  const requests = await Requests.on(await place.open());
  await requests.createTopic('packed', 1, { 'compression.type': 'gzip' });
  await requests.createTopic('plain', 1, { 'compression.type': 'uncompressed' });
  const values = ['a'.repeat(500), 'b'.repeat(500)];
  for (const topic of ['packed', 'plain']) {
    await requests.produce(topic, 0, values);
    t.deepEqual(await requests.fetchTexts(topic), values);
  }
  const codecOf = async (topic: string) => codec((await requests.fetchPartition(topic, 0, 0)).records[0]!, 0);
  t.deepEqual([await codecOf('packed'), await codecOf('plain')], ['gzip', 'none']);
});
