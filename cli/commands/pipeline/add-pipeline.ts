import type { Command } from 'commander';
import { addPipelineLint } from './lint.js';
import { addPipelineNew } from './new.js';
import { addPipelinePreview } from './preview.js';
import { addPipelineRun } from './run.js';
import { addPipelineSchema } from './schema.js';
import { addPipelineStatus } from './status.js';
import { addPipelineTest } from './test.js';

/** `millrace pipeline ...`: ETL in one file. */
export function addPipeline(root: Command): void {
  const pipeline = root.command('pipeline').description('ETL in one file: from a source through steps to a sink');
  addPipelineNew(pipeline);
  addPipelineLint(pipeline);
  addPipelineTest(pipeline);
  addPipelinePreview(pipeline);
  addPipelineRun(pipeline);
  addPipelineStatus(pipeline);
  addPipelineSchema(pipeline);
}
