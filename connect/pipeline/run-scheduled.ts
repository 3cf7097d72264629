import { type Log, type Timer, UsageError } from '../../core/index.js';
import { Cron } from '../runtime/source/cron.js';
import type { CompiledPipeline } from './compiled-pipeline.js';
import { withPipelineLog } from './pipeline-log.js';
import type { ScheduleSpec } from './pipeline-shape.js';
import { type RunEntry, RunHistory } from './run-history.js';
import { type PipelineSummary, type RunOptions, runOn } from './run-pipeline.js';
import { runOnSchedule } from './schedule-loop.js';
import { StateDirectory } from './state-directory.js';

/** Timers know no longer time. */
const timerMaxMs = 2 ** 31 - 1;

export interface ScheduledOptions extends Omit<RunOptions, 'fireMs'> {
  /** When it waits: until when. */
  onWaiting?(nextFireMs: number): void;
  /** After each run that did not fail. */
  onDone?(summary: PipelineSummary): void;
  /** A run that failed; the next fire comes all the same. */
  onFailed?(error: Error): void;
}

/**
 * Runs the pipeline at the fires of its schedule until the signal aborts. The fires that were run for are kept with its state, so what passed
 * while nothing ran is known. Its state is held all the while: nobody else runs it.
 */
export async function runScheduled(pipeline: CompiledPipeline, options: ScheduledOptions = {}): Promise<void> {
  const { schedule } = pipeline;
  if (schedule === undefined) throw new UsageError(`${pipeline.name} has no schedule`);
  const state = options.state ?? StateDirectory.of(pipeline.name, pipeline.file);
  const logged = { name: pipeline.name, state, ports: options.ports };
  await withPipelineLog(logged, log => runAtFires(log, pipeline, { ...options, schedule, state }));
}

async function runAtFires(
  log: Log,
  pipeline: CompiledPipeline,
  options: ScheduledOptions & { readonly schedule: ScheduleSpec; readonly state: StateDirectory },
): Promise<void> {
  const { schedule, state } = options;
  const { clock } = log.ports;
  const history = new RunHistory(state);
  const note = (outcome: RunEntry['outcome'], fireMs: number) => {
    const time = new Date(clock.now()).toISOString();
    const fire = new Date(fireMs).toISOString();
    history.append({ started: time, ended: time, outcome, fire, read: 0, written: 0, failed: 0, pid: process.pid });
  };
  // A run that was killed, or stopped, has not come to its end: its fire is missed.
  const isPassed = ({ outcome }: RunEntry) => outcome !== 'running' && outcome !== 'stopped';
  const fires = history.read().filter(run => run.fire !== undefined && isPassed(run));
  let lastFireMs = Math.max(...fires.map(run => Date.parse(run.fire!)));
  if (fires.length === 0) {
    lastFireMs = clock.now();
    note('scheduled', lastFireMs);
  }
  const cron = await Cron.parse(schedule.cron, schedule.timezone);
  await runOnSchedule({
    cron,
    missed: schedule.missed,
    clock,
    signal: options.signal ?? new AbortController().signal,
    lastFireMs,
    waiting: next => options.onWaiting?.(next),
    skipped: missed => missed.forEach(fireMs => void note('skipped', fireMs)),
    run: async fireMs => {
      const late = tellWhenLate(cron, log, text => options.logger?.warn(`${pipeline.name}: ${text}`));
      try {
        const summary = await runOn(log, pipeline, state, { ...options, fireMs });
        options.onDone?.(summary);
      } catch (error) {
        options.onFailed?.(error as Error);
      } finally {
        late?.cancel();
      }
    },
  });
}

/** A source that never ends, or a server that is away, keeps the schedule from firing: nobody would see why. */
function tellWhenLate(cron: Cron, { ports: { clock } }: Log, warn: (text: string) => void): Timer | undefined {
  const now = clock.now();
  const next = cron.nextAfter(now);
  if (next === undefined || next - now > timerMaxMs) return undefined;
  return clock.setTimer(next - now, () =>
    warn(
      `the schedule fired at ${new Date(next).toISOString()}, and the run before still goes on: that fire is missed`,
    ),
  );
}
