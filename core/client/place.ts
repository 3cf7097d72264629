import type { Connection } from '../protocol/connection.js';

export interface ConnectOptions {
  /** What the broker calls the client in logs and group descriptions. */
  readonly clientId?: string;
}

/** What a client's options say of its connections. */
export function clientOf({ clientId }: ConnectOptions): ConnectOptions {
  return clientId === undefined ? {} : { clientId };
}

/** Tells at once that a group rebalances. */
export interface GroupNews {
  /** Ends when the function that this returns is called. */
  subscribe(groupId: string, heard: () => void): () => void;
}

/** Where a log lives, as clients see it: connections to its brokers. */
export interface Place {
  readonly url: string;
  /** One broker, in this process: what one request has changed, the next one sees. */
  readonly isInProcess?: boolean;
  /** Where there is some, heartbeats may be rare. */
  readonly groupNews?: GroupNews;
  /** A new connection, to that broker or (without an id) to any. Rejects with WorldFault when it cannot be reached. */
  connect(nodeId?: number, options?: ConnectOptions): Promise<Connection>;
}
