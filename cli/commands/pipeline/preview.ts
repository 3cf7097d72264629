import type { Command } from 'commander';
import type { Preview } from '../../../connect/pipeline/index.js';
import { exitCodeOf, exitCodes, RunFailed } from '../../exit-code.js';
import { interruptSignal } from '../../interrupt.js';
import { wholeNumber } from '../../number-option.js';
import { Output } from '../../output.js';
import { wantsJson } from '../../place.js';
import { loadPipelineFile } from './load.js';
import { RunReport } from './run-report.js';

interface Options {
  readonly count: number;
}

/** `millrace pipeline preview FILE`: what some records of the real source would become; nothing is written. */
export function addPipelinePreview(pipeline: Command): void {
  pipeline
    .command('preview')
    .description('show what records of the source become; nothing is written')
    .argument('<file>', 'a pipeline')
    .option('-n, --count <records>', 'how many records of the source', wholeNumber(1), 10)
    .action(async (file: string, options: Options, command: Command) => {
      const compiled = await loadPipelineFile(file);
      const { openLog } = await import('../../../core/index.js');
      const { previewPipeline } = await import('../../../connect/pipeline/index.js');
      await using log = await openLog('memory:');
      const output = new Output();
      const signal = AbortSignal.any([interruptSignal(), output.gone]);
      const { logger } = new RunReport(wantsJson(command));
      const { clock } = log.ports;
      try {
        for await (const each of previewPipeline(compiled, { count: options.count, clock, logger, signal }))
          await output.write(...(wantsJson(command) ? [`${JSON.stringify(each)}\n`] : linesOf(each)));
      } catch (error) {
        if (!(error instanceof Error) || exitCodeOf(error) !== exitCodes.failed) throw error;
        throw new RunFailed(error.message, { cause: error });
      } finally {
        await output.flush();
      }
    });
}

function linesOf({ before, after, errors }: Preview): string[] {
  const made = after.map(
    ({ branch, ...record }) => `  -> ${branch === undefined ? '' : `[${branch}] `}${shown(record)}\n`,
  );
  const wrong = errors.map(({ step, message }) => `  !! ${step}: ${message}\n`);
  const nothing = after.length + errors.length === 0 ? ['  -> left out\n'] : [];
  return [`${typeof before === 'string' ? before : shown(before)}\n`, ...made, ...wrong, ...nothing];
}

function shown(record: Preview['before']): string {
  if (record === null || typeof record === 'string') return String(record);
  const key = record.key === null || record.key === undefined ? '' : `${JSON.stringify(record.key)}: `;
  return key + JSON.stringify(record.value);
}
