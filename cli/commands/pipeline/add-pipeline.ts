import type { Command } from 'commander';
import { addPipelineRun } from './run.js';

/** `millrace pipeline ...`: ETL in one file. */
export function addPipeline(root: Command): void {
  const pipeline = root
    .command('pipeline')
    .description('run pipelines: from a source through steps to a sink, in one file');
  addPipelineRun(pipeline);
}
