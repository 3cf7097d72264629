import { Cron } from '../runtime/source/cron.js';
import type { CompiledPipeline } from './compiled-pipeline.js';
import { type RunEntry, RunHistory } from './run-history.js';
import type { StateDirectory } from './state-directory.js';

export interface PipelineStatus {
  readonly name: string;
  readonly state: 'never run' | 'running' | 'waiting' | 'idle' | 'failed' | 'killed';
  /** The latest, newest first. */
  readonly runs: readonly RunEntry[];
  readonly offsets: readonly unknown[];
  /** ISO 8601; of a schedule. */
  readonly nextFire?: string | undefined;
}

/** What is known of a pipeline from its files, and from the lock that whoever runs it holds: no killed process does, whoever has its id now. */
export async function pipelineStatus(
  pipeline: CompiledPipeline,
  state: StateDirectory,
  { nowMs, runsMax = 10 }: { readonly nowMs: number; readonly runsMax?: number },
): Promise<PipelineStatus> {
  const isHeld = await state.isHeld();
  const entries = new RunHistory(state).read();
  const last = entries.at(-1);
  // Another has begun since, or nobody runs it.
  const told = entries.map(run =>
    run.outcome === 'running' && (run !== last || !isHeld) ? { ...run, outcome: 'killed' as const } : run,
  );
  const { schedule, name } = pipeline;
  const next = schedule && (await Cron.parse(schedule.cron, schedule.timezone)).nextAfter(nowMs);
  return {
    name,
    state: stateOf(told.at(-1), isHeld && schedule !== undefined),
    runs: told
      .filter(run => run.outcome !== 'scheduled')
      .toReversed()
      .slice(0, runsMax),
    offsets: state.offsets(),
    ...(next !== undefined && { nextFire: new Date(next).toISOString() }),
  };
}

function stateOf(last: RunEntry | undefined, isWaiting: boolean): PipelineStatus['state'] {
  if (last === undefined) return 'never run';
  if (last.outcome === 'running' || last.outcome === 'killed') return last.outcome;
  if (isWaiting) return 'waiting';
  return last.outcome === 'failed' ? 'failed' : 'idle';
}
