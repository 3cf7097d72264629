// A client's connections, one for each broker that it talks to; a producer has several such sets. A connection that failed is dropped
// and made anew by the next request; retrying is the business of whoever asks.

import { WorldFault } from '../base/errors.js';
import type { Api, RequestOf, ResponseOf } from '../protocol/api.js';
import type { Connection, SendOptions } from '../protocol/connection.js';
import type { ConnectOptions, Place } from './place.js';

/** Stands for any broker, where it does not matter which. */
export const anyNode = -1;

export class NodeConnections {
  readonly #place: Place;
  readonly #options: ConnectOptions;
  /** Those that are open, to be called without a turn of the event loop in between. */
  readonly #open = new Map<number, Connection>();
  readonly #opening = new Map<number, Promise<Connection>>();
  #isClosed = false;

  constructor(place: Place, options: ConnectOptions = {}) {
    this.#place = place;
    this.#options = options;
  }

  /** See `Place.isInProcess`. */
  get areInProcess(): boolean {
    return this.#place.isInProcess ?? false;
  }

  send<A extends Api>(nodeId: number, api: A, request: RequestOf<A>, options?: SendOptions): Promise<ResponseOf<A>> {
    const open = this.#open.get(nodeId);
    // Brokers close what is idle for minutes: that is no failure of this request.
    if (open?.isClosed === true) this.#drop(nodeId, open);
    else if (open !== undefined) return this.#sendOver(open, nodeId, api, request, options);
    return this.#connection(nodeId).then(connection => this.#sendOver(connection, nodeId, api, request, options));
  }

  /** Where that broker is, for messages; in this process it has no address. */
  peer(nodeId: number): string {
    return this.#open.get(nodeId)?.peer ?? 'its broker';
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    await Promise.allSettled(this.#opening.values());
    const connections = [...this.#open.values()];
    this.#open.clear();
    for (const connection of connections) await connection.close();
  }

  #sendOver<A extends Api>(
    connection: Connection,
    nodeId: number,
    api: A,
    request: RequestOf<A>,
    options?: SendOptions,
  ): Promise<ResponseOf<A>> {
    return connection.send(api, request, options).catch(error => {
      if (error instanceof WorldFault) this.#drop(nodeId, connection);
      throw error;
    });
  }

  #connection(nodeId: number): Promise<Connection> {
    if (this.#isClosed) return Promise.reject(new WorldFault('the client is closed', { isRetriable: false }));
    let opening = this.#opening.get(nodeId);
    if (opening === undefined) {
      opening = this.#place.connect(nodeId === anyNode ? undefined : nodeId, this.#options);
      this.#opening.set(nodeId, opening);
      opening.then(
        connection => {
          this.#opening.delete(nodeId);
          this.#open.set(nodeId, connection);
        },
        () => this.#opening.delete(nodeId),
      );
    }
    return opening;
  }

  #drop(nodeId: number, connection: Connection): void {
    if (this.#open.get(nodeId) !== connection) return;
    this.#open.delete(nodeId);
    connection.close().catch(() => undefined); // it is broken already
  }
}
