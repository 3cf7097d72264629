import test from 'ava';
import { z } from 'zod';
import { defineSource, option, type SourceContext, type SourceOffset } from '../../connect/api/index.js';
import { scheduledSource } from '../../connect/runtime/source/scheduled-source.js';
import { VirtualClock } from '../../streams/testing/virtual-clock.js';
import { plainSource } from './plain-connectors.js';

const hour = 3_600_000;

/** Tells at which hour it polled; each round is one record and a pause. */
const polling = defineSource({
  name: 'polling',
  version: '1',
  description: 'Polls.',
  config: z.object({ 'poll.interval.ms': option.durationMs().default(5_000).describe('Pause.') }),
  start(config, { clock }) {
    let isNew = true;
    return {
      async poll(signal) {
        if (!isNew) await clock.sleep(config['poll.interval.ms'], signal);
        isNew = !isNew;
        const at = clock.now() / hour;
        return isNew ? [] : [{ partition: { of: 'it' }, offset: { at }, records: [{ value: at }] }];
      },
    };
  },
});

/** The hours of its rounds, and what it would store. */
async function rounds(options: { missed?: 'skip' | 'once'; stored?: SourceOffset; startMs: number; untilMs: number }) {
  const clock = new VirtualClock(options.startMs);
  const schedule = {
    schedule: '0 * * * *',
    'schedule.timezone': 'UTC',
    'schedule.missed': options.missed ?? 'once',
  } as const;
  const connector = await scheduledSource(polling, schedule, {});
  const context = {
    connector: 'it',
    task: 0,
    clock,
    offset: () => options.stored,
    offsets: () => [],
  } as unknown as SourceContext;
  const task = await connector.start(connector.config.parse({}), context);
  const stop = new AbortController();
  const read: number[] = [];
  const fires: number[] = [];
  const reading = (async () => {
    while (!stop.signal.aborted) {
      const polled = await task.poll!(stop.signal);
      for (const { records, partition, offset } of polled === 'ended' ? [] : polled) {
        read.push(...records.map(({ value }) => value as number));
        if (partition['schedule'] !== undefined) fires.push(Number(offset['fire']) / hour);
      }
    }
  })();
  while (clock.now() < options.untilMs) {
    for (let turn = 0; turn < 30; turn++) await Promise.resolve();
    clock.advance(1_000);
  }
  stop.abort();
  clock.advance(10_000);
  await reading;
  return { read, fires };
}

test('a source with a schedule polls at its fires, and tells which it has read', async t => {
  t.deepEqual(await rounds({ startMs: 0.5 * hour, untilMs: 3.5 * hour }), { read: [1, 2, 3], fires: [1, 2, 3] });
});

test('fires that passed while it did not run are made good once, or given up', async t => {
  const away = { stored: { fire: 2 * hour }, startMs: 5.5 * hour, untilMs: 7.5 * hour };
  t.deepEqual(await rounds({ ...away, missed: 'once' }), { read: [5.5, 6, 7], fires: [5, 6, 7] });
  t.deepEqual(await rounds({ ...away, missed: 'skip' }), { read: [6, 7], fires: [6, 7] });
});

test('a schedule that cannot be meant, or a source that does not poll, is refused', async t => {
  const schedule = (text: string) =>
    ({ schedule: text, 'schedule.timezone': 'UTC', 'schedule.missed': 'once' }) as const;
  await t.throwsAsync(scheduledSource(polling, schedule('61 * * * *'), {}), { name: 'ConfigError', message: /minute/ });
  await t.throwsAsync(scheduledSource(polling, schedule('0 * * * *'), { 'poll.interval.ms': 5 }), {
    message: /takes the place of poll\.interval\.ms/,
  });
  const start = () => ({ poll: () => 'ended' as const });
  const pushed = plainSource({ name: 'pushed', start });
  await t.throwsAsync(scheduledSource(pushed, schedule('0 * * * *'), {}), { message: /pushed does not poll/ });
});
