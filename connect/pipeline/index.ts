// The face of `millrace/connect/pipeline`: ETL in one file.

export type { CompiledPipeline } from './compiled-pipeline.js';
export type { ConnectorKit, ConnectorShelf } from './connector-kit.js';
export { definePipeline, type PipelineDefinition, type PipelineStep } from './define-pipeline.js';
export { type Fault, faultLine, PipelineError } from './fault.js';
export type { FlowRecord } from './flow-record.js';
export { type LoadOptions, loadPipeline, preparePipeline } from './load-pipeline.js';
export { newPipeline, recipeWords } from './new-pipeline.js';
export { pipelineSchema } from './pipeline-schema.js';
export { type PipelineStatus, pipelineStatus } from './pipeline-status.js';
export { type Preview, type PreviewOptions, previewPipeline } from './preview-pipeline.js';
export type { RunEntry } from './run-history.js';
export {
  type PipelineProgress,
  type PipelineSummary,
  type RunningPipeline,
  type RunOptions,
  runPipeline,
} from './run-pipeline.js';
export { runScheduled, type ScheduledOptions } from './run-scheduled.js';
export { StateDirectory } from './state-directory.js';
export { type TestDifference, type TestResult, testPipeline } from './test-pipeline.js';
export { topicSink } from './topic-sink.js';
export { topicSource } from './topic-source.js';
