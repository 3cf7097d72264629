import type { Connection } from '../protocol/connection.js';

export interface ConnectOptions {
  /** What the broker calls the client in logs and group descriptions. */
  readonly clientId?: string;
}

/** What a client's options say of its connections. */
export function clientOf({ clientId }: ConnectOptions): ConnectOptions {
  return clientId === undefined ? {} : { clientId };
}

interface BeatingMember {
  readonly memberId: string;
  readonly generationId: number;
  readonly groupInstanceId: string | null;
}

/** A broker in this process, as members of groups see it: what they would otherwise have to ask for again and again. */
export interface GroupNews {
  /** Another number whenever a topic has come, gone or changed. */
  readonly topicsVersion: number;
  /** Calls `heard` when the group begins to rebalance, until the function that this returns is called. */
  subscribe(groupId: string, heard: () => void): () => void;
  /** Calls `heard` every few seconds, for all members at the same times, until the function that this returns is called. */
  everyTick(heard: () => void): () => void;
  /** A heartbeat without a request. False: it was not taken, as there is more to say than that all is well; then it has to be sent. */
  beat(groupId: string, member: BeatingMember): boolean;
}

/** Where a log lives, as clients see it: connections to its brokers. */
export interface Place {
  readonly url: string;
  /** One broker, in this process: what one request has changed, the next one sees. */
  readonly isInProcess?: boolean;
  /** Of a broker in this process: how many batches were appended to its logs so far. As long as it stands still, no partition has grown. */
  readonly appendCount?: number;
  /** Where there is some, heartbeats may be rare. */
  readonly groupNews?: GroupNews;
  /** A new connection, to that broker or (without an id) to any. Rejects with WorldFault when it cannot be reached. */
  connect(nodeId?: number, options?: ConnectOptions): Promise<Connection>;
}
