import { existsSync, writeFileSync } from 'node:fs';
import { basename } from 'node:path';
import type { Command } from 'commander';
import { InvalidInput } from '../../exit-code.js';
import { printLines } from '../../output.js';
import { wantsJson } from '../../place.js';

interface Options {
  readonly output?: string;
}

/** `millrace pipeline new postgres/filter,map/redis`: a file to begin with. */
export function addPipelineNew(pipeline: Command): void {
  pipeline
    .command('new')
    .description('write a pipeline to begin with')
    .argument(
      '[recipe]',
      'SOURCE/STEP,STEP/SINK, such as postgres/filter,map/redis; without it, what there is to choose from',
    )
    .option('-o, --output <file>', 'the file (default: SOURCE-to-SINK.yaml; - prints it)')
    .action(async (recipe: string | undefined, options: Options, command: Command) => {
      const { newPipeline, recipeWords } = await import('../../../connect/pipeline/index.js');
      if (recipe === undefined) {
        await printLines(wantsJson(command) ? [JSON.stringify(recipeWords)] : choices(recipeWords));
        return;
      }
      const parts = recipe.split('/');
      const file = options.output ?? `${parts[0]}-to-${parts.at(-1)}.yaml`;
      const name = file === '-' ? 'pipeline' : basename(file).replace(/\.ya?ml$/, '');
      const text = newPipeline(name, recipe);
      if (file === '-') {
        await printLines([text.trimEnd()]);
        return;
      }
      if (existsSync(file)) throw new InvalidInput(`${file} is there already: name another with --output`);
      writeFileSync(file, text);
      await printLines([`${file} is written: see millrace pipeline lint ${file}`]);
    });
}

function choices({
  sources,
  steps,
  sinks,
}: Readonly<Record<'sources' | 'steps' | 'sinks', readonly string[]>>): string[] {
  return [
    'millrace pipeline new SOURCE/STEP,STEP/SINK, of',
    `  sources  ${sources.join(', ')}`,
    `  steps    ${steps.join(', ')}`,
    `  sinks    ${sinks.join(', ')}`,
  ];
}
