import type { Command } from 'commander';
import type { Fault } from '../../../connect/pipeline/index.js';
import { InvalidInput } from '../../exit-code.js';
import { Output } from '../../output.js';
import { wantsJson } from '../../place.js';
import { loadPipelineFile } from './load.js';

interface Result {
  readonly file: string;
  readonly ok: boolean;
  readonly faults: readonly Fault[];
}

/** `millrace pipeline lint FILE...`: everything that can be said without connecting to anything. */
export function addPipelineLint(pipeline: Command): void {
  pipeline
    .command('lint')
    .description('check pipelines without connecting to anything')
    .argument('<file...>', 'pipelines')
    .action(async (files: string[], _options: object, command: Command) => {
      const results: Result[] = [];
      for (const file of files) results.push(await lint(file));
      const output = new Output();
      for (const result of results) await output.write(await textOf(result, wantsJson(command)));
      await output.flush();
      const wrong = results.filter(result => !result.ok);
      if (wrong.length > 0) throw new InvalidInput(`${wrong.map(({ file }) => file).join(', ')}: not as it has to be`);
    });
}

async function lint(file: string): Promise<Result> {
  try {
    const { warnings } = await loadPipelineFile(file, { isLenient: true });
    return { file, ok: true, faults: warnings };
  } catch (error) {
    const { faults } = error as { faults?: readonly Fault[] };
    if (faults === undefined) throw error;
    return { file, ok: false, faults };
  }
}

async function textOf({ file, ok, faults }: Result, isJson: boolean): Promise<string> {
  if (isJson) return `${JSON.stringify({ file, ok, faults })}\n`;
  const { faultLine } = await import('../../../connect/pipeline/index.js');
  const lines = faults.map(fault => `${fault.severity}: ${faultLine(fault)}\n`);
  return `${lines.join('')}${ok ? `${file}: ok\n` : ''}`;
}
