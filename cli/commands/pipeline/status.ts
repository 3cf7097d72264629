import type { Command } from 'commander';
import type { PipelineStatus } from '../../../connect/pipeline/index.js';
import { columns } from '../../columns.js';
import { wholeNumber } from '../../number-option.js';
import { printLines } from '../../output.js';
import { wantsJson } from '../../place.js';
import { loadPipelineFile } from './load.js';
import { stateOf } from './state-of.js';

interface Options {
  readonly state?: string;
  readonly runs: number;
}

/** `millrace pipeline status FILE`: its last runs, how far it is, and when it runs next; also while it runs. */
export function addPipelineStatus(pipeline: Command): void {
  pipeline
    .command('status')
    .description('show the last runs of a pipeline, how far its source was read, and when it runs next')
    .argument('<file>', 'a pipeline')
    .option('--state <dir>', 'where it remembers how far it is (default: .millrace/NAME beside the file)')
    .option('--runs <count>', 'how many runs', wholeNumber(1), 10)
    .action(async (file: string, options: Options, command: Command) => {
      const compiled = await loadPipelineFile(file, { isLenient: true });
      const { openLog } = await import('../../../core/index.js');
      const { pipelineStatus } = await import('../../../connect/pipeline/index.js');
      await using log = await openLog('memory:');
      const nowMs = log.ports.clock.now();
      const state = await stateOf(compiled, options.state);
      const status = await pipelineStatus(compiled, state, { nowMs, runsMax: options.runs });
      await printLines(wantsJson(command) ? [JSON.stringify(status)] : linesOf(status));
    });
}

function linesOf({ name, state, runs, offsets, nextFire }: PipelineStatus): string[] {
  const rows = runs.map(({ started, outcome, fire, read, written, failed, error }) => [
    started,
    outcome,
    fire ?? '',
    read,
    written,
    failed,
    (error ?? '').split('\n')[0]!,
  ]);
  return [
    `${name}: ${state}${nextFire === undefined ? '' : `, next at ${nextFire}`}`,
    ...(rows.length === 0 ? [] : columns(['STARTED', 'OUTCOME', 'FIRE', 'READ', 'WRITTEN', 'BAD', 'ERROR'], rows)),
    ...offsets.map(offset => `read: ${JSON.stringify(offset)}`),
  ];
}
