import type { Command } from 'commander';
import { printLines } from '../../output.js';
import { pipelineConnectors } from '../../pipeline-connectors.js';

/** `millrace pipeline schema`: what editors complete and check pipelines by. */
export function addPipelineSchema(pipeline: Command): void {
  pipeline
    .command('schema')
    .description('print the JSON Schema of pipelines, for editors')
    .action(async () => {
      const { pipelineSchema } = await import('../../../connect/pipeline/index.js');
      await printLines([JSON.stringify(await pipelineSchema(pipelineConnectors), null, 2)]);
    });
}
