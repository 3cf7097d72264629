import type { Connection } from '../protocol/connection.js';
import type { FairTurn } from './fair-turn.js';

/** What a connection to a broker in this process is given. */
export interface EmbeddedConnectionOptions {
  readonly fairTurn: FairTurn;
  readonly clientId: string;
  readonly onClosed: (connection: Connection) => void;
}
