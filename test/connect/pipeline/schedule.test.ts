import { statSync } from 'node:fs';
import test from 'ava';
import { type CompiledPipeline, type RunEntry, runScheduled, StateDirectory } from '../../../connect/pipeline/index.js';
import { RunHistory } from '../../../connect/pipeline/run-history.js';
import { runOnSchedule, type ScheduleLoopOptions } from '../../../connect/pipeline/schedule-loop.js';
import { Cron } from '../../../connect/runtime/source/cron.js';
import { VirtualClock } from '../../../streams/testing/virtual-clock.js';
import { quiet } from '../quiet.js';
import { Scratch } from './scratch.js';

const hour = 3_600_000;

async function fires(expression: string, timezone: string, from: string, count: number): Promise<string[]> {
  const cron = await Cron.parse(expression, timezone);
  const found: string[] = [];
  for (let at: number | undefined = Date.parse(from); found.length < count; ) {
    at = cron.nextAfter(at);
    if (at === undefined) break;
    found.push(new Date(at).toISOString().replace(':00.000Z', 'Z'));
  }
  return found;
}

test('the next fires are those of the calendar, in the time zone, whatever the clocks do', async t => {
  const cases: [string, string, string, string[]][] = [
    ['*/20 * * * *', 'UTC', '2026-01-01T00:05:00Z', ['2026-01-01T00:20Z', '2026-01-01T00:40Z', '2026-01-01T01:00Z']],
    ['0 3 * * *', 'Europe/Berlin', '2026-01-31T02:00:00Z', ['2026-02-01T02:00Z', '2026-02-02T02:00Z']],
    // Forward on 29 March: half past two does not exist that day. Back on 25 October: it comes twice, and fires once.
    ['30 2 * * *', 'Europe/Berlin', '2026-03-27T12:00:00Z', ['2026-03-28T01:30Z', '2026-03-30T00:30Z']],
    ['30 2 * * *', 'Europe/Berlin', '2026-10-24T12:00:00Z', ['2026-10-25T00:30Z', '2026-10-26T01:30Z']],
    // Every hour means every hour.
    ['0 * * * *', 'Europe/Berlin', '2026-10-25T00:00:00Z', ['2026-10-25T01:00Z', '2026-10-25T02:00Z']],
    ['15 0 1 * *', 'Asia/Kathmandu', '2026-04-10T00:00:00Z', ['2026-04-30T18:30Z', '2026-05-31T18:30Z']],
    ['0 0 29 2 *', 'UTC', '2026-01-01T00:00:00Z', ['2028-02-29T00:00Z', '2032-02-29T00:00Z']],
    ['0 0 29 2 MON', 'UTC', '2026-01-01T00:00:00Z', ['2044-02-29T00:00Z']],
    ['0 12 L * *', 'UTC', '2026-01-31T12:00:00Z', ['2026-02-28T12:00Z', '2026-03-31T12:00Z']],
    ['0 9 * * MON#1', 'America/New_York', '2026-06-01T00:00:00Z', ['2026-06-01T13:00Z', '2026-07-06T13:00Z']],
    ['@daily', 'Pacific/Chatham', '2026-07-01T00:00:00Z', ['2026-07-01T11:15Z', '2026-07-02T11:15Z']],
  ];
  for (const [expression, timezone, from, expected] of cases)
    t.deepEqual(await fires(expression, timezone, from, expected.length), expected, `${expression} in ${timezone}`);
  const seconds = await Cron.parse('*/30 * * * * *');
  t.is(seconds.nextAfter(1_000), 30_000);
  await t.throwsAsync(Cron.parse('0 0 30 2 *'), { message: /impossible/ });
  await t.throwsAsync(Cron.parse('61 * * * *'), { message: /minute/ });
});

/** Runs a loop on a clock that is moved by hand; `run` may take time. */
async function loop(options: {
  missed: 'skip' | 'once' | 'all';
  lastFireMs?: number;
  startMs: number;
  untilMs: number;
  takesMs?: number;
}): Promise<{ runs: number[]; skipped: number[] }> {
  const clock = new VirtualClock(options.startMs);
  const runs: number[] = [];
  const skipped: number[] = [];
  const stop = new AbortController();
  const given: ScheduleLoopOptions = {
    cron: await Cron.parse('0 * * * *'),
    missed: options.missed,
    clock,
    signal: stop.signal,
    lastFireMs: options.lastFireMs,
    run: async fireMs => {
      runs.push(fireMs / hour);
      if (runs.length === 1 && options.takesMs !== undefined) await clock.sleep(options.takesMs);
    },
    skipped: firesMs => void skipped.push(...firesMs.map(fireMs => fireMs / hour)),
  };
  const ended = runOnSchedule(given);
  while (clock.now() < options.untilMs) {
    // What the loop does between two moments takes some turns of promises.
    for (let turn = 0; turn < 20; turn++) await Promise.resolve();
    clock.advance(60_000);
  }
  stop.abort();
  clock.advance(60_000);
  await ended;
  return { runs, skipped };
}

test('fires come one after the other, and none before the first', async t => {
  const { runs, skipped } = await loop({ missed: 'all', startMs: 0.5 * hour, untilMs: 3.5 * hour });
  t.deepEqual(runs, [1, 2, 3]);
  t.deepEqual(skipped, []);
});

test('fires that passed while nothing ran are left out, made good once, or made good all', async t => {
  const away = { lastFireMs: 2 * hour, startMs: 5.5 * hour, untilMs: 6.5 * hour };
  t.deepEqual(await loop({ missed: 'skip', ...away }), { runs: [6], skipped: [3, 4, 5] });
  t.deepEqual(await loop({ missed: 'once', ...away }), { runs: [5, 6], skipped: [3, 4] });
  t.deepEqual(await loop({ missed: 'all', ...away }), { runs: [3, 4, 5, 6], skipped: [] });
});

test('a run never begins while another one goes on: what passes meanwhile is missed', async t => {
  const long = { startMs: 0.5 * hour, untilMs: 4.5 * hour, takesMs: 2.25 * hour };
  t.deepEqual(await loop({ missed: 'skip', ...long }), { runs: [1, 4], skipped: [2, 3] });
  t.deepEqual(await loop({ missed: 'once', ...long }), { runs: [1, 3, 4], skipped: [2] });
  t.deepEqual(await loop({ missed: 'all', ...long }), { runs: [1, 2, 3, 4], skipped: [] });
});

/** The state of a pipeline that was run for the first moments of these years. */
function withRuns(
  pipeline: CompiledPipeline,
  ...runs: readonly (readonly [year: string, outcome: RunEntry['outcome']])[]
) {
  const state = StateDirectory.of(pipeline.name, pipeline.file);
  state.identity({ bytes: count => new Uint8Array(count) } as Parameters<StateDirectory['identity']>[0]);
  const history = new RunHistory(state);
  for (const [year, outcome] of runs) {
    const started = `${year}-01-01T00:00:00.000Z`;
    history.append({ started, fire: started, outcome, read: 0, written: 0, failed: 0, pid: 1 });
  }
  return { state, history };
}

test('the last fire is remembered: what a run was killed in is run again, and what passed meanwhile is missed', async t => {
  const scratch = new Scratch(t);
  scratch.write('in.jsonl', '{"n":1}\n');
  const pipeline = await scratch.load(`
name: hourly
source: { file: { file: '{DIR}/in.jsonl', mode: once } }
sink: { file: { directory: '{DIR}/out' } }
schedule: { cron: '0 0 1 1 *', missed: all }
`);
  const { state, history } = withRuns(pipeline, ['2024', 'done'], ['2025', 'running']);
  const stop = new AbortController();
  const fired: (string | undefined)[] = [];
  await runScheduled(pipeline, {
    state,
    logger: quiet,
    signal: stop.signal,
    onDone: () => void fired.push(history.read().at(-1)?.fire),
    onWaiting: () => stop.abort(),
  });
  t.is(fired[0], '2025-01-01T00:00:00.000Z');
  t.true(fired.includes('2026-01-01T00:00:00.000Z'));
  t.deepEqual(scratch.lines('out'), [{ n: 1 }]);
  t.true(history.read().every(run => run.fire !== '2026-01-01T00:00:00.000Z' || run.outcome === 'done'));
});

test('a clock that is set back does not bring back a fire that was run for', async t => {
  class SlowClock extends VirtualClock {
    lostMs = 0;
    override now(): number {
      return super.now() - this.lostMs;
    }
  }
  const clock = new SlowClock(0.5 * hour);
  const runs: number[] = [];
  const stop = new AbortController();
  const ended = runOnSchedule({
    cron: await Cron.parse('0 * * * *'),
    missed: 'all',
    clock,
    signal: stop.signal,
    lastFireMs: undefined,
    run: async fireMs => {
      runs.push(fireMs / hour);
      clock.lostMs += 10_000;
    },
  });
  for (let minute = 0; minute < 150; minute++) {
    for (let turn = 0; turn < 20; turn++) await Promise.resolve();
    clock.advance(60_000);
  }
  stop.abort();
  clock.advance(60_000);
  await ended;
  t.deepEqual(runs, [1, 2]);
});

test('a run that was stopped has not ended: its fire is missed', async t => {
  const scratch = new Scratch(t);
  scratch.write('in.jsonl', '{"n":1}\n');
  const pipeline = await scratch.load(`
name: yearly
source: { file: { file: '{DIR}/in.jsonl' } }
sink: { file: { directory: '{DIR}/out' } }
schedule: '0 0 1 1 *'
`);
  const { state, history } = withRuns(pipeline, ['2024', 'done'], ['2026', 'stopped']);
  const stop = new AbortController();
  // Nobody asks to be told of the runs.
  await runScheduled(pipeline, { state, logger: quiet, signal: stop.signal, onWaiting: () => stop.abort() });
  t.true(history.read().some(run => run.outcome === 'done'));
  t.deepEqual(scratch.lines('out'), [{ n: 1 }]);
});

test('the history of runs is shortened before it is long, and keeps the latest', t => {
  const scratch = new Scratch(t);
  const history = new RunHistory(new StateDirectory(scratch.path));
  const entry = { outcome: 'done', read: 0, written: 0, failed: 0, pid: 1, error: 'x'.repeat(1_000) } as const;
  for (let run = 0; run < 3_000; run++) history.append({ ...entry, started: new Date(run).toISOString() });
  t.true(statSync(scratch.file('runs.jsonl')).size <= 1024 * 1024 + 2_000);
  t.is(history.read().at(-1)?.started, new Date(2_999).toISOString());
});

test('a run that still goes on when the schedule fires is told, once', async t => {
  const scratch = new Scratch(t);
  scratch.write('in.jsonl', '{"n":1}\n');
  const pipeline = await scratch.load(`
name: endless
source: { file: { file: '{DIR}/in.jsonl', mode: tail } }
sink: { file: { directory: '{DIR}/out' } }
schedule: '* * * * * *'
`);
  const stop = new AbortController();
  const told: string[] = [];
  const warn = (message: string) => {
    told.push(message);
    if (message.includes('still goes on')) stop.abort();
  };
  await runScheduled(pipeline, { logger: { ...quiet, warn }, signal: stop.signal });
  const late = told.filter(message => message.includes('still goes on'));
  t.is(late.length, 1);
  t.regex(late[0]!, /^endless: the schedule fired at .*, and the run before still goes on: that fire is missed$/);
});
