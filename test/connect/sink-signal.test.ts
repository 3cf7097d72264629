// When the signal of a sink's context aborts: not while what it has under way may still end, and in the end always.

import test, { type ExecutionContext } from 'ava';
import type { SinkContext } from '../../connect/api/index.js';
import { startWorker } from '../../connect/index.js';
import { openFresh } from './places.js';
import { plainSink } from './plain-connectors.js';
import { quiet } from './quiet.js';

/** A sink whose `put` ends when it is let go, or, where it heeds the signal, is given up. */
function waitingSink(heedsSignal: boolean) {
  const seen = { puts: 0, isGivenUp: false, ended: 0, letGo: () => {} };
  const definition = plainSink({
    name: 'waiting',
    start: (_config, context: SinkContext) => ({
      put() {
        seen.puts++;
        return new Promise<void>((resolve, reject) => {
          const giveUp = () => {
            seen.isGivenUp = true;
            reject(new Error('given up'));
          };
          if (heedsSignal) context.signal.addEventListener('abort', giveUp, { once: true });
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

async function withSink(
  t: ExecutionContext,
  { graceMs, heedsSignal = true }: { readonly graceMs: number; readonly heedsSignal?: boolean },
  body: (scene: Scene) => Promise<void>,
): Promise<void> {
  await using log = await openFresh(t, 'direct');
  const { seen, plugin } = waitingSink(heedsSignal);
  await using admin = log.admin();
  await admin.createTopics([{ name: 'rows', partitions: 1 }]);
  await using producer = log.producer();
  await producer.send('rows', { key: 'k', value: '"v"' });
  const config = { 'task.shutdown.graceful.timeout.ms': graceMs };
  await using worker = await startWorker(log, { config, plugins: [plugin], logger: quiet });
  await worker.create({ name: 'out', config: { 'connector.class': 'test.Waiting', topics: 'rows' } });
  const until = async (isSo: () => boolean | Promise<boolean>) => {
    while (!(await isSo())) await log.ports.clock.sleep(5);
  };
  await until(() => seen.puts === 1);
  const [stop, resume] = [() => worker.stop('out'), () => worker.resume('out')];
  await body({ seen, stop, resume, until, committed: () => committedOf(log) });

  async function committedOf(from: typeof log): Promise<number | undefined> {
    await using consumer = from.consumer({ groupId: 'connect-out' });
    return (await consumer.committed([{ topic: 'rows', partition: 0 }]))[0]?.offset;
  }
}

interface Scene {
  readonly seen: ReturnType<typeof waitingSink>['seen'];
  stop(): Promise<unknown>;
  resume(): Promise<unknown>;
  until(isSo: () => boolean | Promise<boolean>): Promise<void>;
  committed(): Promise<number | undefined>;
}

test('a put that is under way when the sink is stopped may end, and is committed', async t => {
  t.timeout(120_000);
  await withSink(t, { graceMs: 600_000 }, async ({ seen, stop, committed }) => {
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
  await withSink(t, { graceMs: 50 }, async ({ seen, stop, until, committed }) => {
    await stop();
    await until(() => seen.isGivenUp && seen.ended === 1);
    t.is(await committed(), undefined);
  });
});

test('a put that never ends keeps its partitions no longer than until its sink was stopped', async t => {
  t.timeout(120_000);
  await withSink(t, { graceMs: 50, heedsSignal: false }, async ({ seen, stop, resume, until, committed }) => {
    const letFirstGo = seen.letGo;
    await stop();
    await resume();
    // The group would wait for who neither comes back nor leaves, for max.poll.interval.ms.
    await until(() => seen.puts === 2);
    seen.letGo();
    await until(async () => (await committed()) === 1);
    await stop();
    letFirstGo();
    await until(() => seen.ended === 2);
    t.is(await committed(), 1);
  });
});
