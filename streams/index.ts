// The face of streams: the DSL, and the runtime that runs what it builds.

export type { AppMetrics, Summary } from './runtime/app-metrics.js';
export type { AppOptions, FailureDecision, RunnableTopology } from './runtime/app-options.js';
export type { AppState } from './runtime/app-state.js';
export { runApp } from './runtime/run-app.js';
export type { KeyValueQueries, WindowQueries } from './runtime/store-queries.js';
export type { StreamsApp } from './runtime/streams-app.js';
export type { KeyValueStore, StoreEntry, WindowEntry, WindowStore } from './state/store.js';
