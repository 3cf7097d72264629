// A call into a broker in this process: no bytes, batches by reference. It keeps what a network connection promises: one request at a
// time, answers in order, nothing after close.

import { ProtocolError } from '../base/errors.js';
import type { Broker } from '../broker/broker.js';
import { embeddedHost } from '../broker/request-context.js';
import { servedVersions } from '../broker/served-apis.js';
import type { Api, RequestOf, ResponseOf } from '../protocol/api.js';
import type { Connection, SendOptions } from '../protocol/connection.js';
import type { EmbeddedConnectionOptions } from './embedded-connection-options.js';
import { RequestLane } from './request-lane.js';

export class DirectConnection implements Connection {
  readonly #broker: Broker;
  readonly #options: EmbeddedConnectionOptions;
  readonly #lane = new RequestLane();
  readonly #closing = new AbortController();

  constructor(broker: Broker, options: EmbeddedConnectionOptions) {
    this.#broker = broker;
    this.#options = options;
  }

  send<A extends Api>(api: A, request: RequestOf<A>, { signal, versionMax }: SendOptions = {}): Promise<ResponseOf<A>> {
    return this.#lane.run(() => {
      const turn = this.#options.fairTurn.due();
      return turn === undefined
        ? this.#handle(api, request, versionMax, signal)
        : turn.then(() => this.#handle(api, request, versionMax, signal));
    }, signal);
  }

  async close(): Promise<void> {
    this.#lane.close();
    this.#closing.abort();
    this.#options.onClosed(this);
  }

  #handle<A extends Api>(
    api: A,
    request: RequestOf<A>,
    versionMax: number | undefined,
    signal: AbortSignal | undefined,
  ): ResponseOf<A> | Promise<ResponseOf<A>> {
    const served = servedVersions.get(api.key);
    if (served === undefined) throw new ProtocolError('UNSUPPORTED_VERSION', `the broker does not serve ${api.name}`);
    return this.#broker.handle(api, request, {
      caller: { host: embeddedHost, closed: this.#closing.signal },
      apiVersion: Math.min(served[1], versionMax ?? served[1]),
      clientId: this.#options.clientId,
      signal,
    });
  }
}
