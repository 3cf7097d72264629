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

/** What is known of a pipeline from its files alone; also while it runs. */
export async function pipelineStatus(
  pipeline: CompiledPipeline,
  state: StateDirectory,
  { nowMs, runsMax = 10 }: { readonly nowMs: number; readonly runsMax?: number },
): Promise<PipelineStatus> {
  const entries = new RunHistory(state).read();
  const runs = entries.filter(run => run.outcome !== 'scheduled').toReversed();
  const { schedule, name } = pipeline;
  const next = schedule && (await Cron.parse(schedule.cron, schedule.timezone)).nextAfter(nowMs);
  return {
    name,
    state: stateOf(entries, schedule !== undefined),
    runs: runs.slice(0, runsMax).map(run => (run === entries.at(-1) || run.outcome !== 'running' ? run : killed(run))),
    offsets: state.offsets(),
    ...(next !== undefined && { nextFire: new Date(next).toISOString() }),
  };
}

function stateOf(entries: readonly RunEntry[], isScheduled: boolean): PipelineStatus['state'] {
  const last = entries.at(-1);
  if (last === undefined) return 'never run';
  if (last.outcome === 'running') return isAlive(last.pid) ? 'running' : 'killed';
  if (isScheduled && isAlive(last.pid)) return 'waiting';
  return last.outcome === 'failed' ? 'failed' : 'idle';
}

/** Another has begun since. */
function killed(run: RunEntry): RunEntry {
  return { ...run, outcome: 'killed' };
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
