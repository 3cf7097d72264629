import type { CompiledPipeline, StateDirectory } from '../../../connect/pipeline/index.js';

/** The directory that --state names, or the pipeline's own. */
export async function stateOf(pipeline: CompiledPipeline, given: string | undefined): Promise<StateDirectory> {
  const { StateDirectory } = await import('../../../connect/pipeline/index.js');
  return given === undefined ? StateDirectory.of(pipeline.name, pipeline.file) : new StateDirectory(given);
}
