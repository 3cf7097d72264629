import type { NodeConnections } from './node-connections.js';

/** One connection to one leader. */
export interface ProduceLane {
  readonly leader: number;
  readonly nodes: NodeConnections;
  requestsInFlight: number;
  /** Of batches that are in flight, or will be before anything else happens. */
  bytes: number;
}
