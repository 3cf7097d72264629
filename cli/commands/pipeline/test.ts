import type { Command } from 'commander';
import type { TestResult } from '../../../connect/pipeline/index.js';
import { InvalidInput, RunFailed } from '../../exit-code.js';
import { printLines } from '../../output.js';
import { wantsJson } from '../../place.js';
import { differenceLines } from './difference-lines.js';
import { loadPipelineFile } from './load.js';

/** `millrace pipeline test FILE`: runs the pipeline's own tests. */
export function addPipelineTest(pipeline: Command): void {
  pipeline
    .command('test')
    .description("run a pipeline's `tests`; nothing is connected to")
    .argument('<file>', 'a pipeline')
    .action(async (file: string, _options: object, command: Command) => {
      const compiled = await loadPipelineFile(file, { isLenient: true });
      if (compiled.tests.length === 0) throw new InvalidInput(`${file} has no tests`);
      const { openLog } = await import('../../../core/index.js');
      const { testPipeline } = await import('../../../connect/pipeline/index.js');
      await using log = await openLog('memory:');
      const results = await testPipeline(compiled, log.ports.clock);
      await printLines(results.flatMap(result => (wantsJson(command) ? [JSON.stringify(result)] : linesOf(result))));
      const failed = results.filter(result => !result.passed);
      if (failed.length > 0) throw new RunFailed(`${failed.length} of ${results.length} tests failed`);
    });
}

function linesOf({ name, passed, differences }: TestResult): string[] {
  const details = differences.flatMap(({ of, expected, actual }) => [
    `    ${of} (- expected, + came):`,
    ...differenceLines(expected as unknown[], actual as unknown[]).map(line => `      ${line}`),
  ]);
  return [`${passed ? 'ok     ' : 'FAILED '} ${name}`, ...details];
}
