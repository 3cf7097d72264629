// The face of streams: the DSL, and the runtime that runs what it builds.

export type {
  AggregateOptions,
  GroupedStream,
  KStream,
  KTable,
  RecordFunction,
  ReduceOptions,
  WindowedStream,
  WindowedTable,
  WindowOptions,
} from './dsl/handles.js';
export type { KeySerde, Named, Stateful, StoreOptions, TableOptions, ValueSerde } from './dsl/options.js';
export { Topology, topology } from './dsl/topology.js';
export type { Pair } from './operators/map.js';
export { ProcessingFailure, type ProcessingPhase, type RecordPosition } from './operators/processing-failure.js';
export { RxRecord } from './operators/rx.js';
export type { RecordContext } from './operators/stream-record.js';
export type { AppMetrics, Summary } from './runtime/app-metrics.js';
export type { AppOptions, FailureDecision, RunnableTopology } from './runtime/app-options.js';
export type { AppState } from './runtime/app-state.js';
export { runApp } from './runtime/run-app.js';
export type { KeyValueQueries, WindowQueries } from './runtime/store-queries.js';
export type { StreamsApp } from './runtime/streams-app.js';
export type { KeyValueStore, StoreEntry, WindowEntry, WindowStore } from './state/store.js';
export { hopping, type TimeWindows, tumbling } from './time/time-windows.js';
export { Windowed, windowed } from './time/windowed.js';
export { describePlan } from './topology/describe.js';
export { changelogTopicName, internalTopicName, repartitionTopicName } from './topology/internal-topics.js';
export { mermaidOf } from './topology/mermaid.js';
export { repartitionCounts } from './topology/partition-counts.js';
export type { Headers, StoreSpec, TopologyPlan } from './topology/plan.js';
export { diffTopology, type TopologyDifference, type TopologyShape, topologyShape } from './topology/topology-diff.js';
