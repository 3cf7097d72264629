// Records between Java's clients and ours, both ways.

import { randomBytes } from 'node:crypto';
import test, { type ExecutionContext } from 'ava';
import { bytes as bytesSerde, type CodecName, codecIds, type Log, openLog, topic } from '../../core/index.js';
import { javaProgram, kafkaUnderTest } from './kafka-under-test.js';

interface PlainRecord {
  readonly key: Uint8Array | null;
  readonly value: Uint8Array | null;
  readonly timestamp: number;
  readonly headers: readonly { readonly key: string; readonly value: Uint8Array | null }[];
}

const codecs = Object.keys(codecIds) as CodecName[];
const utf8 = (text: string) => Buffer.from(text);

const records: readonly PlainRecord[] = [
  { key: utf8('key'), value: utf8('value'), timestamp: 1_700_000_000_000, headers: [] },
  { key: null, value: utf8('no key'), timestamp: 1_700_000_000_001, headers: [] },
  { key: utf8('a tombstone'), value: null, timestamp: 1_600_000_000_000, headers: [] },
  { key: null, value: null, timestamp: 0, headers: [] },
  { key: utf8(''), value: utf8(''), timestamp: 1, headers: [] },
  {
    key: utf8('headers'),
    value: utf8('né €😀'),
    timestamp: 1_700_000_000_002,
    headers: [
      { key: 'trace', value: utf8('1') },
      { key: 'trace', value: utf8('2') },
      { key: '', value: utf8('of an empty key') },
      { key: 'é€😀', value: null },
      { key: 'empty', value: utf8('') },
    ],
  },
  {
    key: utf8('a megabyte of words'),
    value: Buffer.alloc(1_000_000, 'the same words again '),
    timestamp: 5,
    headers: [],
  },
  // Not to be packed: with any codec it stays below what a broker takes.
  { key: utf8('a megabyte of noise'), value: randomBytes(1_000_000), timestamp: 6, headers: [] },
  ...Array.from({ length: 200 }, (_, n) => ({
    key: utf8(`key ${n}`),
    value: utf8(`many of them ${n}`),
    timestamp: 1_700_000_000_000 + n,
    headers: [],
  })),
];

const text = (value: Uint8Array | null) => (value === null ? null : Buffer.from(value).toString('base64'));

function asJson({ key, value, timestamp, headers }: PlainRecord): object {
  return { key: text(key), value: text(value), timestamp, headers: headers.map(each => [each.key, text(each.value)]) };
}

/** One topic a codec, deleted at the end. */
async function topicsOf(
  t: ExecutionContext,
  log: Log,
  title: string,
): Promise<readonly (readonly [CodecName, string])[]> {
  const topics = codecs.map(codec => [codec, `${title}-${codec}-${randomBytes(4).toString('hex')}`] as const);
  const admin = log.admin();
  const names = topics.map(([, name]) => name);
  await admin.createTopics(names.map(name => ({ name, partitions: 1, configs: { 'max.message.bytes': '3000000' } })));
  t.teardown(async () => {
    await admin.deleteTopics(names);
    await log.close();
  });
  return topics;
}

function rawTopic(name: string) {
  return topic(name, { key: bytesSerde, value: bytesSerde });
}

test('Java reads what our producer writes, in every codec', async t => {
  const kafka = kafkaUnderTest(t);
  if (kafka === undefined) return;
  const log = await openLog(kafka.url);
  const topics = await topicsOf(t, log, 'ours');
  for (const [codec, name] of topics) {
    const producer = log.producer({ compression: codec });
    const sent = records.map(record => producer.send(rawTopic(name), { ...record, partition: 0 }));
    const offsets = (await Promise.all(sent)).map(({ offset }) => offset);
    t.deepEqual(offsets, [...records.keys()]);
    await producer.close();
  }
  const printed = await javaProgram(t, 'Records.java', ['consume', kafka.bootstrap, ...topics.map(([, name]) => name)]);
  if (printed === undefined) return;
  const found = printed
    .trim()
    .split('\n')
    .map(line => JSON.parse(line) as { topic: string; offset: number });
  for (const [codec, name] of topics) {
    const own = found.filter(each => each.topic === name).sort((a, b) => a.offset - b.offset);
    t.is(own.length, records.length, codec);
    for (const [offset, record] of records.entries()) {
      t.deepEqual(own[offset], { topic: name, offset, ...asJson(record) } as never, `${codec}, record ${offset}`);
    }
  }
});

test('we read what Java’s producer writes, in every codec', async t => {
  const kafka = kafkaUnderTest(t);
  if (kafka === undefined) return;
  const log = await openLog(kafka.url);
  const topics = await topicsOf(t, log, 'javas');
  const targets = topics.map(([codec, name]) => `${codec}=${name}`);
  const input = records.map(record => JSON.stringify(asJson(record))).join('\n');
  const printed = await javaProgram(t, 'Records.java', ['produce', kafka.bootstrap, ...targets], { input });
  if (printed === undefined) return;
  for (const [codec, name] of topics) {
    const found = await readAll(log, name);
    t.is(found.length, records.length, codec);
    for (const [offset, record] of records.entries()) {
      t.deepEqual(asJson(found[offset]!), asJson(record), `${codec}, record ${offset}`);
    }
  }
});

async function readAll(log: Log, name: string): Promise<readonly PlainRecord[]> {
  await using consumer = log.consumer({ key: bytesSerde, value: bytesSerde });
  const partition = { topic: name, partition: 0 };
  consumer.assign([partition]);
  consumer.seek(partition, 'start');
  const [end] = await consumer.endOffsets([partition]);
  const found: PlainRecord[] = [];
  while ((await consumer.position(partition)) < end!.offset) {
    // What a record holds may be a view of a buffer that is used again.
    for (const { key, value, timestamp, headers } of await consumer.poll({ waitMs: 1_000 })) {
      found.push(structuredClone({ key, value, timestamp, headers }));
    }
  }
  return found;
}

test('ten thousand keys go to the partitions that Java’s own partitioner gives them', async t => {
  const keys = Array.from({ length: 10_000 }, (_, n) => randomBytes(n % 40));
  const input = keys.map(key => key.toString('base64')).join('\n');
  for (const count of [1, 7, 50]) {
    const printed = await javaProgram(t, 'Records.java', ['partition', String(count)], { input });
    if (printed === undefined) return;
    await using log = await openLog('memory:');
    await log.admin().createTopics([{ name: 'keys', partitions: count }]);
    const producer = log.producer();
    const sent = await Promise.all(keys.map(key => producer.send(rawTopic('keys'), { key, value: key })));
    t.deepEqual(
      sent.map(({ partition }) => partition),
      printed.trim().split('\n').map(Number),
    );
  }
});
