// The face of `millrace/connect`: runs connectors on a log.

export { type NamedConverterOptions, namedConverter } from './converters/named-converter.js';
export type { Authentication, AuthenticationHook } from './rest/authentication.js';
export { type ListenAddress, listenAddress } from './rest/listen-address.js';
export { listenRest, type RestOptions, type RestServer } from './rest/rest-server.js';
export { type RestSettings, readRestSettings } from './rest/rest-settings.js';
export type {
  ConnectorHandle,
  ConnectorProgress,
  ConnectorState,
  ConnectorStatus,
  ConnectorSummary,
  TaskStatus,
} from './runtime/connector-handle.js';
export { type ConnectorOptions, startConnector } from './runtime/start-connector.js';
export { startWorker } from './runtime/worker/start-worker.js';
export type { ConnectorPlugin, NewConnector, RestartOptions, Worker, WorkerOptions } from './runtime/worker/worker.js';
export type * from './runtime/worker/worker-answers.js';
export { WorkerError, type WorkerErrorKind } from './runtime/worker/worker-error.js';
export { namedPredicate, namedTransform, transformNames } from './transforms/named-transform.js';
export { chainOf, type TransformChain, TransformError } from './transforms/transform-chain.js';
