// A connection to one broker over TCP or TLS. Opening it connects, agrees on versions and authenticates, all within one time limit.

import { ProtocolError } from '../../base/errors.js';
import type { Ports } from '../../ports/ports.js';
import type { Api, RequestOf, ResponseOf } from '../../protocol/api.js';
import type { Connection, SendOptions } from '../../protocol/connection.js';
import type { BrokerAddress } from './broker-address.js';
import { type Negotiated, negotiate } from './negotiation.js';
import type { NetworkSettings } from './network-settings.js';
import { type PipelineWatcher, RequestPipeline } from './request-pipeline.js';
import { SetupTime } from './setup-time.js';

export class NetworkConnection implements Connection {
  readonly #pipeline: RequestPipeline;
  readonly #negotiated: Negotiated;

  private constructor(pipeline: RequestPipeline, negotiated: Negotiated) {
    this.#pipeline = pipeline;
    this.#negotiated = negotiated;
  }

  /** Rejects with WorldFault naming the address, or with ProtocolError when the broker refuses us. */
  static async open(
    ports: Ports,
    settings: NetworkSettings,
    to: { readonly address: BrokerAddress; readonly watcher: PipelineWatcher; readonly signal: AbortSignal },
  ): Promise<NetworkConnection> {
    const setup = new SetupTime(ports, settings, to);
    try {
      const pipeline = await RequestPipeline.connect(ports, settings, { ...to, signal: setup.signal });
      setup.onEnd(() => pipeline.close());
      return new NetworkConnection(pipeline, await negotiate(pipeline));
    } catch (error) {
      throw setup.fail(error);
    } finally {
      setup.end();
    }
  }

  get isClosed(): boolean {
    return this.#pipeline.isClosed;
  }

  send<A extends Api>(
    api: A,
    request: RequestOf<A>,
    { signal, versionMax = api.versions[1] }: SendOptions = {},
  ): Promise<ResponseOf<A>> {
    const version = this.#negotiated.version(api, versionMax);
    if (version === undefined) {
      const text = `${this.#pipeline.peer} serves no version of ${api.name} that is known here`;
      return Promise.reject(new ProtocolError('UNSUPPORTED_VERSION', text));
    }
    return this.#pipeline.exchange(api, version, request, signal);
  }

  async close(): Promise<void> {
    this.#pipeline.close();
  }
}
