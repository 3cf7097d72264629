// Kafka's words for where offsets move, and what becomes of them on a log.

import test from 'ava';
import { offsetMoves } from '../../cli/offset-moves.js';
import { type TargetOptions, targetOf } from '../../cli/offset-target.js';
import { selectedPartitions } from '../../cli/topic-selection.js';
import { openLog } from '../../core/index.js';

const noonMs = Date.parse('2026-01-31T12:00:00Z');
const minuteMs = 60_000;

test('each word says where an offset moves, and what the log does not have is not gone to', async t => {
  await using log = await openLog('memory:');
  await using admin = log.admin();
  await admin.createTopics([{ name: 'orders', partitions: 1 }]);
  await using producer = log.producer();
  for (let n = 0; n < 10; n++) await producer.send('orders', { value: `${n}`, timestamp: noonMs + n * minuteMs });
  await admin.deleteRecords([{ topic: 'orders', partition: 0, offset: 2 }]);
  const cases: readonly (readonly [TargetOptions, number, asked?: number])[] = [
    [{ toEarliest: true }, 2],
    [{ toLatest: true }, 10],
    [{ toCurrent: true }, 4],
    [{ toOffset: '7' }, 7],
    [{ toOffset: '1' }, 2, 1],
    [{ toOffset: '11' }, 10, 11],
    [{ shiftBy: '3' }, 7],
    [{ shiftBy: '+3' }, 7],
    [{ shiftBy: '-1' }, 3],
    [{ shiftBy: '-9' }, 2, -5],
    [{ toDatetime: '2026-01-31T12:05:00' }, 5],
    [{ toDatetime: '2026-01-31T14:04:30+02:00' }, 5],
    [{ toDatetime: '2026-01-31T12:04:59.999Z' }, 5],
    [{ toDatetime: `${noonMs + 3 * minuteMs}` }, 3],
    [{ toDatetime: '2027-01-01' }, 10],
    [{ byDuration: 'P20000D' }, 2],
    [{ byDuration: '20000d' }, 2],
  ];
  const partitions = [{ topic: 'orders', partition: 0 }];
  for (const [options, newOffset, askedOffset] of cases) {
    const [move] = await offsetMoves(log, partitions, new Map([['orders-0', 4]]), await targetOf(options));
    const expected = { ...partitions[0]!, committedOffset: 4, newOffset, startOffset: 2, endOffset: 10 };
    t.deepEqual(move, askedOffset === undefined ? expected : { ...expected, askedOffset }, JSON.stringify(options));
  }
  const [fresh] = await offsetMoves(log, partitions, new Map(), { kind: 'current' });
  t.like(fresh, { committedOffset: null, newOffset: 10 }, 'where nothing was committed, that is the end');
});

test('durations are Kafka’s or ours', async t => {
  for (const [text, durationMs] of [
    ['PT1H30M', 5_400_000],
    ['P1DT0.5S', 86_400_500],
    ['P2D', 172_800_000],
    ['90s', 90_000],
    ['1h', 3_600_000],
  ] as const) {
    t.deepEqual(await targetOf({ byDuration: text }), { kind: 'ago', durationMs }, text);
  }
});

test('what cannot be meant is told with what to write', async t => {
  for (const [options, message] of [
    [{}, /say where to: --to-earliest, --to-latest/],
    [{ toLatest: true, toOffset: '3' }, /--to-latest or --to-offset, not both/],
    [{ toOffset: '-3' }, /--to-offset -3: write an offset/],
    [{ shiftBy: 'ten' }, /--shift-by ten: write a number of records/],
    [{ toDatetime: 'yesterday 1' }, /"yesterday 1" is no time: .*ISO 8601/],
    [{ toDatetime: '2026-13-01' }, /"2026-13-01" is no time/],
    [{ byDuration: 'P1Y' }, /--by-duration P1Y: write 90s/],
    [{ byDuration: 'PT' }, /--by-duration PT: write 90s/],
    [{ byDuration: '90' }, /--by-duration 90: write 90s/],
    [{ byDuration: 'an hour' }, /an hour/],
  ] as const) {
    await t.throwsAsync(targetOf(options), { message }, JSON.stringify(options));
  }
});

test('topics are selected whole or by partition, each partition once', async t => {
  await using log = await openLog('memory:');
  await using admin = log.admin();
  await admin.createTopics([
    { name: 'a', partitions: 3 },
    { name: 'b', partitions: 1 },
  ]);
  const selected = async (...texts: string[]) =>
    (await selectedPartitions(admin, texts)).map(({ topic, partition }) => `${topic}-${partition}`);
  t.deepEqual(await selected('a:2,0', 'b', 'a:0'), ['a-2', 'a-0', 'b-0']);
  t.deepEqual(await selected('a'), ['a-0', 'a-1', 'a-2']);
  await t.throwsAsync(selected('a:3'), { message: 'a has no partition 3 (it has 3: 0 to 2)' });
  for (const text of ['a:', 'a:x', 'a:0:1', ':0', '']) {
    await t.throwsAsync(selected(text), { message: /write the name of a topic, or orders:0,2/ }, text);
  }
});
