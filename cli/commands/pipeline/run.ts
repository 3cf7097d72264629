import type { Command } from 'commander';
import { interruptSignal } from '../../interrupt.js';
import { wantsJson } from '../../place.js';
import { loadPipelineFile } from './load.js';
import { RunReport } from './run-report.js';

interface Options {
  readonly state?: string;
  readonly fresh?: boolean;
}

/** `millrace pipeline run FILE`: runs it to its end, or until an interrupt. */
export function addPipelineRun(pipeline: Command): void {
  pipeline
    .command('run')
    .description('run a pipeline: to the end of a bounded source, else until an interrupt')
    .argument('<file>', 'a pipeline: YAML, or a module that exports one')
    .option('--state <dir>', 'where it remembers how far it is (default: .millrace/NAME beside the file)')
    .option('--fresh', 'forget how far it was, and begin anew')
    .action(async (file: string, options: Options, command: Command) => {
      const compiled = await loadPipelineFile(file);
      const { runPipeline, StateDirectory } = await import('../../../connect/pipeline/index.js');
      const state =
        options.state === undefined ? StateDirectory.of(compiled.name, file) : new StateDirectory(options.state);
      if (options.fresh === true) state.clear();
      const report = new RunReport(wantsJson(command));
      const signal = interruptSignal();
      try {
        const summary = await runPipeline(compiled, {
          state,
          signal,
          logger: report.logger,
          onStart: run => report.begin(run),
        });
        report.end(summary);
      } finally {
        report.stop();
      }
    });
}
