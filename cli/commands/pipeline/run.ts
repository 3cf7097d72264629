import type { Command } from 'commander';
import type { CompiledPipeline, RunOptions } from '../../../connect/pipeline/index.js';
import { exitCodeOf, exitCodes, RunFailed } from '../../exit-code.js';
import { interruptSignal } from '../../interrupt.js';
import { wantsJson } from '../../place.js';
import { loadPipelineFile } from './load.js';
import { RunReport } from './run-report.js';
import { stateOf } from './state-of.js';

interface Options {
  readonly state?: string;
  readonly fresh?: boolean;
  readonly now?: boolean;
}

/** `millrace pipeline run FILE`: runs it to its end, or until an interrupt; with a schedule, at its times. */
export function addPipelineRun(pipeline: Command): void {
  pipeline
    .command('run')
    .description(
      'run a pipeline: to the end of a bounded source, else until an interrupt; with a schedule, at its times',
    )
    .argument('<file>', 'a pipeline: YAML, or a module that exports one')
    .option('--state <dir>', 'where it remembers how far it is (default: .millrace/NAME beside the file)')
    .option('--fresh', 'forget how far it was, and begin anew')
    .option('--now', 'run once, at once, whatever the schedule says')
    .action(async (file: string, options: Options, command: Command) => {
      const compiled = await loadPipelineFile(file);
      const report = new RunReport(wantsJson(command));
      const state = await stateOf(compiled, options.state);
      if (options.fresh === true) state.clear();
      const signal = interruptSignal();
      const running: RunOptions = { state, signal, logger: report.logger, onStart: run => report.begin(run) };
      if (compiled.schedule === undefined || options.now === true) await runOnce(compiled, running, report);
      else await runAtItsTimes(compiled, running, report);
    });
}

async function runOnce(compiled: CompiledPipeline, options: RunOptions, report: RunReport): Promise<void> {
  const { runPipeline } = await import('../../../connect/pipeline/index.js');
  try {
    report.end(await runPipeline(compiled, options));
  } catch (error) {
    if (!(error instanceof Error) || exitCodeOf(error) !== exitCodes.failed) throw error;
    throw new RunFailed(error.message, { cause: error });
  } finally {
    report.stop();
  }
}

async function runAtItsTimes(compiled: CompiledPipeline, options: RunOptions, report: RunReport): Promise<void> {
  const { runScheduled } = await import('../../../connect/pipeline/index.js');
  await runScheduled(compiled, {
    ...options,
    onWaiting: nextMs => report.waiting(compiled.name, nextMs),
    onDone: summary => report.end(summary),
    onFailed: error => {
      report.stop();
      report.logger.error(`${compiled.name}: ${error.message.replace(/\s*\n\s*/g, ' ')}`);
    },
  });
}
