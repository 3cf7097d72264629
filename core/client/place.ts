import type { Connection } from '../protocol/connection.js';

/** Where a log lives, as clients see it: connections to its brokers. */
export interface Place {
  readonly url: string;
  /** A new connection, to that broker or (without an id) to any. Rejects with WorldFault when it cannot be reached. */
  connect(nodeId?: number): Promise<Connection>;
}
