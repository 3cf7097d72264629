// The brokers go away in the middle of the work, for longer than any call waits for them, and come back: the app goes on.

import test from 'ava';
import { float64, openLog, string, topic } from '../../core/index.js';
import { topology } from '../../streams/index.js';
import { BrokerListener } from '../core/network/broker-listener.js';
import { compacted, createTopics, eventually, lines, produce, readAll, start } from './running.js';

const counts = topic('counts', { value: float64 });
const limits = { defaultApiTimeout: '500ms', deliveryTimeout: '500ms' } as const;

/** Counts words behind a repartition; at `cut` the broker goes away, once. */
function cutWordCount(cut: () => void) {
  let isCut = false;
  const words = topology('words');
  words
    .stream(lines)
    .peek(value => {
      if (value !== 'cut' || isCut) return;
      isCut = true;
      cut();
    })
    .groupBy(value => value, { key: string })
    .count({ name: 'word-counts', backing: 'memory' })
    .toStream()
    .to(counts);
  return words;
}

const guarantees = ['at_least_once', 'exactly_once'] as const;

for (const processingGuarantee of guarantees) {
  test(`an app goes on when its brokers were away in the middle of a commit, ${processingGuarantee}`, async t => {
    t.timeout(180_000);
    const broker = await BrokerListener.start();
    t.teardown(() => broker.close());
    const log = await openLog(broker.url, { reconnectBackoffMs: 5, reconnectBackoffMaxMs: 20 });
    t.teardown(() => log.close());
    await createTopics(log, ['lines', 'counts'], 2);
    const rows = ['a', 'b', 'a', 'cut', 'a', 'b'].map((value, n) => ({ key: 'k', value, timestamp: n }));
    await produce(log, lines, rows);
    const warnings: string[] = [];
    const away: { over: Promise<void> | undefined } = { over: undefined };
    const app = await start(
      t,
      cutWordCount(() => {
        away.over = broker.goAway();
      }),
      { log, processingGuarantee, ...limits, onWarning: ({ message }) => void warnings.push(message) },
    );
    const given = () => warnings.filter(text => /^app "words" goes on trying, and does again/.test(text));
    // The work is given up, and there is no broker to begin again with.
    await eventually(log, async () => given().length > 2);
    t.is(app.failure, undefined);
    t.true(['running', 'rebalancing', 'restoring'].includes(app.state.kind), app.state.kind);
    await away.over;
    await broker.comeBack();
    await app.finish();
    const counted = compacted(await readAll(log, counts));
    if (processingGuarantee === 'exactly_once')
      t.deepEqual(
        [...counted],
        [
          ['a', 3],
          ['b', 2],
          ['cut', 1],
        ],
      );
    else for (const [word, times] of Object.entries({ a: 3, b: 2, cut: 1 })) t.true(counted.get(word)! >= times);
  });
}

test('an app that is closed while its brokers are away ends', async t => {
  t.timeout(180_000);
  const broker = await BrokerListener.start();
  t.teardown(() => broker.close());
  const log = await openLog(broker.url, { reconnectBackoffMs: 5, reconnectBackoffMaxMs: 20 });
  t.teardown(() => log.close());
  await createTopics(log, ['lines', 'counts'], 1);
  await produce(log, lines, [{ key: 'k', value: 'cut', timestamp: 0 }]);
  const warnings: string[] = [];
  const options = { log, processingGuarantee: 'exactly_once', ...limits } as const;
  const words = cutWordCount(() => void broker.goAway());
  const app = await start(t, words, { ...options, onWarning: ({ message }) => void warnings.push(message) });
  await eventually(log, async () => warnings.length > 0);
  await app.close();
  t.is(app.state.kind, 'closed');
});
