// A connection to one broker over TCP or TLS. Opening it connects, agrees on versions and authenticates, all within one time limit.

import { ProtocolError } from '../../base/errors.js';
import type { Ports } from '../../ports/ports.js';
import { saslAuthenticate } from '../../protocol/36-sasl-authenticate.js';
import type { Api, RequestOf, ResponseOf } from '../../protocol/api.js';
import type { Connection, SendOptions } from '../../protocol/connection.js';
import type { BrokerAddress } from './broker-address.js';
import { type Negotiated, negotiate } from './negotiation.js';
import type { NetworkSettings } from './network-settings.js';
import { type PipelineWatcher, RequestPipeline } from './request-pipeline.js';
import { SaslSession } from './sasl-session.js';
import { SetupTime } from './setup-time.js';

export class NetworkConnection implements Connection {
  readonly #pipeline: RequestPipeline;
  readonly #negotiated: Negotiated;
  readonly #session: SaslSession | undefined;

  private constructor(pipeline: RequestPipeline, negotiated: Negotiated, session: SaslSession | undefined) {
    this.#pipeline = pipeline;
    this.#negotiated = negotiated;
    this.#session = session;
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
      const negotiated = await negotiate(pipeline);
      return new NetworkConnection(pipeline, negotiated, await authenticate(ports, settings, pipeline, negotiated));
    } catch (error) {
      throw setup.fail(error);
    } finally {
      setup.end();
    }
  }

  get peer(): string {
    return this.#pipeline.peer;
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
    const renewed = this.#session?.ready();
    if (renewed === undefined) return this.#pipeline.exchange(api, version, request, signal);
    return renewed.then(() => this.#pipeline.exchange(api, version, request, signal));
  }

  async close(): Promise<void> {
    this.#pipeline.close();
  }
}

async function authenticate(
  ports: Ports,
  { sasl }: NetworkSettings,
  pipeline: RequestPipeline,
  negotiated: Negotiated,
): Promise<SaslSession | undefined> {
  if (sasl === undefined) return undefined;
  const authenticateVersion = negotiated.version(saslAuthenticate);
  if (authenticateVersion !== undefined) return await SaslSession.begin(ports, sasl, { pipeline, authenticateVersion });
  throw new ProtocolError('UNSUPPORTED_SASL_MECHANISM', `${pipeline.peer} does not authenticate anybody by SASL`);
}
