// The face of `millrace/connect`: runs connectors on a log.

export type {
  ConnectorHandle,
  ConnectorProgress,
  ConnectorState,
  ConnectorStatus,
  ConnectorSummary,
  TaskStatus,
} from './runtime/connector-handle.js';
export { type ConnectorOptions, startConnector } from './runtime/start-connector.js';
