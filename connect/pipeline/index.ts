// The face of `millrace/connect/pipeline`: ETL in one file.

export type { CompiledPipeline } from './compiled-pipeline.js';
export type { ConnectorKit, ConnectorShelf } from './connector-kit.js';
export { type Fault, faultLine, PipelineError } from './fault.js';
export { type LoadOptions, loadPipeline, preparePipeline } from './load-pipeline.js';
export {
  type PipelineProgress,
  type PipelineSummary,
  type RunningPipeline,
  type RunOptions,
  runPipeline,
} from './run-pipeline.js';
export { StateDirectory } from './state-directory.js';
