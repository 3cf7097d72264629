// The connections of one client, one for each broker that it talks to. A connection that failed is dropped and made anew
// by the next request; retrying is the business of whoever asks.

import { WorldFault } from '../base/errors.js';
import type { Api, RequestOf, ResponseOf } from '../protocol/api.js';
import type { Connection } from '../protocol/connection.js';
import type { Place } from './place.js';

/** Stands for any broker, where it does not matter which. */
export const anyNode = -1;

export class NodeConnections {
  readonly #place: Place;
  readonly #connections = new Map<number, Promise<Connection>>();
  #isClosed = false;

  constructor(place: Place) {
    this.#place = place;
  }

  async send<A extends Api>(
    nodeId: number,
    api: A,
    request: RequestOf<A>,
    options?: { signal?: AbortSignal },
  ): Promise<ResponseOf<A>> {
    const opening = this.#to(nodeId);
    try {
      const connection = await opening;
      return await connection.send(api, request, options);
    } catch (error) {
      if (error instanceof WorldFault) this.#drop(nodeId, opening);
      throw error;
    }
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    const connections = [...this.#connections.values()];
    this.#connections.clear();
    for (const result of await Promise.allSettled(connections)) {
      if (result.status === 'fulfilled') await result.value.close();
    }
  }

  #to(nodeId: number): Promise<Connection> {
    if (this.#isClosed) return Promise.reject(new WorldFault('the client is closed', { isRetriable: false }));
    let connection = this.#connections.get(nodeId);
    if (connection === undefined) {
      connection = this.#place.connect(nodeId === anyNode ? undefined : nodeId);
      this.#connections.set(nodeId, connection);
    }
    return connection;
  }

  #drop(nodeId: number, connection: Promise<Connection>): void {
    if (this.#connections.get(nodeId) !== connection) return;
    this.#connections.delete(nodeId);
    connection.then(
      opened => opened.close(),
      () => undefined,
    );
  }
}
