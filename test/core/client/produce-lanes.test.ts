// Batches over several connections to one broker. The connections of FaultyPlace are as those of a network; the broker behind them is real.

import test from 'ava';
import { UsageError } from '../../../core/base/errors.js';
import { Producer } from '../../../core/client/producer.js';
import type { ProducerOptions } from '../../../core/client/producer-options.js';
import { topic } from '../../../core/client/topic.js';
import type { Log } from '../../../core/open/log.js';
import { openLog } from '../../../core/open/open-log.js';
import { produce } from '../../../core/protocol/00-produce.js';
import { testInEveryPlace } from '../places.js';
import { type Fault, FaultyPlace } from './faulty-place.js';
import { createTopic, readAll } from './reading.js';

const texts = topic('texts');
const partitionCount = 4;
const batchSizeBytes = 90_000;
const filler = 'x'.repeat(20_000);

interface Run {
  /** How many produce requests went over each connection that had any. */
  readonly counts: ReadonlyMap<number, number>;
  readonly faulty: FaultyPlace;
}

interface Work {
  /** Groups of records that are sent at once. */
  readonly groups: readonly number[];
  readonly textOf: (n: number) => string;
  readonly options?: ProducerOptions;
  readonly decide?: (count: number) => Fault | undefined;
}

/** Record n goes to partition n % 4. What the topic holds then is what was sent, each once, in order. */
async function produceAll(log: Log, { groups, textOf, options = {}, decide = () => undefined }: Work): Promise<Run> {
  await createTopic(log, 'texts', partitionCount);
  const counts = new Map<number, number>();
  const faulty = new FaultyPlace(log, (api, _, count, connection) => {
    if (api !== produce) return undefined;
    counts.set(connection, (counts.get(connection) ?? 0) + 1);
    return decide(count);
  });
  const producer = new Producer(log.ports, faulty, { batchSizeBytes, ...options });
  let sentCount = 0;
  for (const size of groups) {
    const numbers = Array.from({ length: size }, (_, at) => sentCount + at);
    sentCount += size;
    await producer.sendAll(
      texts,
      numbers.map(n => ({ value: textOf(n), partition: n % partitionCount })),
    );
  }
  await producer.close();
  const read: string[][] = Array.from({ length: partitionCount }, () => []);
  for (const { partition, value } of await readAll(log, 'texts')) read[partition]!.push(value!.split(' ', 1)[0]!);
  const sent = read.map((_, partition) => {
    const numbers = Array.from({ length: sentCount }, (_, n) => n);
    return numbers.filter(n => n % partitionCount === partition).map(String);
  });
  // Without idempotence what was cut off from its answer is written again, behind itself.
  const found = options.idempotent === false ? read.map(numbers => [...new Set(numbers)]) : read;
  if (JSON.stringify(found) !== JSON.stringify(sent)) throw new Error(`read ${JSON.stringify(read)}`);
  return { counts, faulty };
}

const large = (n: number): string => `${n} ${filler}`;

testInEveryPlace('little goes over one connection, however often', async (t, place) => {
  const log = await place.open();
  const { counts } = await produceAll(log, { groups: Array.from({ length: 30 }, () => 20), textOf: String });
  t.is(counts.size, 1);
  t.true([...counts.values()][0]! >= 30);
});

testInEveryPlace('much goes over two connections, and each partition keeps its order', async (t, place) => {
  const log = await place.open();
  const { counts } = await produceAll(log, { groups: [400], textOf: large });
  t.is(counts.size, 2);
  for (const count of counts.values()) t.true(count > 1, `${[...counts.values()]}`);
});

testInEveryPlace('one connection where the option says so', async (t, place) => {
  const options = { connectionsPerBroker: 1 };
  const { counts } = await produceAll(await place.open(), { groups: [200], textOf: large, options });
  t.is(counts.size, 1);
});

for (const kind of ['answer-lost', 'request-lost'] as const) {
  testInEveryPlace(`two connections that are cut (${kind}) lose nothing and repeat nothing`, async (t, place) => {
    const log = await place.open();
    const decide = (count: number): Fault | undefined => (count % 4 === 2 ? { kind } : undefined);
    const { counts, faulty } = await produceAll(log, { groups: [200, 200], textOf: large, decide });
    t.true(faulty.struck[kind] > 5, `${faulty.struck[kind]}`);
    t.true(counts.size > 2, `${counts.size}`); // those that were cut were made anew
  });
}

testInEveryPlace('without idempotence a partition keeps its order over two connections', async (t, place) => {
  const log = await place.open();
  const options = { idempotent: false };
  const decide = (count: number): Fault | undefined => (count % 4 === 2 ? { kind: 'request-lost' } : undefined);
  const { faulty } = await produceAll(log, { groups: [200, 200], textOf: large, options, decide });
  t.true(faulty.struck['request-lost'] > 5);
});

testInEveryPlace(
  'what is not acknowledged goes over one connection, as no answer keeps its order',
  async (t, place) => {
    const log = await place.open();
    const { counts } = await produceAll(log, { groups: [200], textOf: large, options: { acks: 0 } });
    t.is(counts.size, 1);
  },
);

test('a number of connections that cannot be is refused', async t => {
  await using log = await openLog('memory:');
  for (const connectionsPerBroker of [0, 1.5, Number.NaN]) {
    const error = t.throws(() => log.producer({ connectionsPerBroker }), { instanceOf: UsageError });
    t.regex(error.message, /connectionsPerBroker is (0|1\.5|NaN): it must be/);
  }
});
