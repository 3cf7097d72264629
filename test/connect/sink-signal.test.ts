// When the signal of a sink's context aborts: not while what it has under way may still end, and in the end always.

import test, { type ExecutionContext } from 'ava';
import { z } from 'zod';
import { defineSink, type SinkContext } from '../../connect/api/index.js';
import { startWorker } from '../../connect/index.js';
import { openFresh } from './places.js';

const quiet = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };

/** A sink whose `put` ends when it is let go, or is given up. */
function waitingSink() {
  const seen = { puts: 0, isGivenUp: false, ended: 0, letGo: () => {} };
  const definition = defineSink({
    name: 'waiting',
    version: '1',
    description: 'Waits for the other side.',
    config: z.object({}),
    start: (_config, context: SinkContext) => ({
      put() {
        seen.puts++;
        return new Promise<void>((resolve, reject) => {
          const giveUp = () => {
            seen.isGivenUp = true;
            reject(new Error('given up'));
          };
          context.signal.addEventListener('abort', giveUp, { once: true });
          seen.letGo = () => {
            context.signal.removeEventListener('abort', giveUp);
            resolve();
          };
        });
      },
      stop: () => void seen.ended++,
    }),
  });
  const plugin = { class: 'test.Waiting', aliases: [], version: '1', kind: 'sink', definition } as const;
  return { seen, plugin };
}

async function withSink(t: ExecutionContext, graceMs: number, body: (scene: Scene) => Promise<void>): Promise<void> {
  await using log = await openFresh(t, 'direct');
  const { seen, plugin } = waitingSink();
  await using admin = log.admin();
  await admin.createTopics([{ name: 'rows', partitions: 1 }]);
  await using producer = log.producer();
  await producer.send('rows', { key: 'k', value: '"v"' });
  const config = { 'task.shutdown.graceful.timeout.ms': graceMs };
  await using worker = await startWorker(log, { config, plugins: [plugin], logger: quiet });
  await worker.create({ name: 'out', config: { 'connector.class': 'test.Waiting', topics: 'rows' } });
  const until = async (isSo: () => boolean) => {
    while (!isSo()) await log.ports.clock.sleep(5);
  };
  await until(() => seen.puts === 1);
  await body({ seen, stop: () => worker.stop('out'), until, committed: () => committedOf(log) });

  async function committedOf(from: typeof log): Promise<number | undefined> {
    await using consumer = from.consumer({ groupId: 'connect-out' });
    return (await consumer.committed([{ topic: 'rows', partition: 0 }]))[0]?.offset;
  }
}

interface Scene {
  readonly seen: ReturnType<typeof waitingSink>['seen'];
  stop(): Promise<unknown>;
  until(isSo: () => boolean): Promise<void>;
  committed(): Promise<number | undefined>;
}

test('a put that is under way when the sink is stopped may end, and is committed', async t => {
  t.timeout(120_000);
  await withSink(t, 600_000, async ({ seen, stop, committed }) => {
    const stopping = stop();
    seen.letGo();
    await stopping;
    t.false(seen.isGivenUp);
    t.is(seen.ended, 1);
    t.is(await committed(), 1);
  });
});

test('a put that does not end in time after the sink was stopped is told to give up, and the task ends', async t => {
  t.timeout(120_000);
  await withSink(t, 50, async ({ seen, stop, until, committed }) => {
    await stop();
    await until(() => seen.isGivenUp && seen.ended === 1);
    t.is(await committed(), undefined);
  });
});
