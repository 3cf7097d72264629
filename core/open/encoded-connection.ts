// The direct call with every request and response through its bytes, headers and negotiated versions included: what it answers
// is what a network client would get. For tests that embedded never drifts from the wire.

import { ProtocolError } from '../base/errors.js';
import { kafkaErrorName } from '../base/kafka-errors.js';
import type { Broker } from '../broker/broker.js';
import { answerFrame } from '../broker/frame-service.js';
import { type Caller, embeddedHost } from '../broker/request-context.js';
import { apiVersions } from '../protocol/18-api-versions.js';
import type { Api, RequestOf, ResponseOf } from '../protocol/api.js';
import type { Connection, SendOptions } from '../protocol/connection.js';
import { encodeRequest, readResponseHeader } from '../protocol/header.js';
import { MessageReader } from '../protocol/message-reader.js';
import type { EmbeddedConnectionOptions } from './embedded-connection-options.js';
import { RequestLane } from './request-lane.js';

export class EncodedConnection implements Connection {
  readonly #broker: Broker;
  readonly #options: EmbeddedConnectionOptions;
  readonly #lane = new RequestLane();
  readonly #closing = new AbortController();
  readonly #caller: Caller;
  /** The newest version that both sides speak, by API key; empty until negotiated. */
  readonly #versions = new Map<number, number>();
  #lastCorrelationId = 0;

  private constructor(broker: Broker, options: EmbeddedConnectionOptions) {
    this.#broker = broker;
    this.#options = options;
    this.#caller = { host: embeddedHost, closed: this.#closing.signal };
  }

  /** Opens with ApiVersions, as every client does. */
  static async open(broker: Broker, options: EmbeddedConnectionOptions): Promise<EncodedConnection> {
    const connection = new EncodedConnection(broker, options);
    await connection.#negotiate();
    return connection;
  }

  send<A extends Api>(api: A, request: RequestOf<A>, { signal, versionMax }: SendOptions = {}): Promise<ResponseOf<A>> {
    return this.#lane.run(async () => {
      await this.#options.fairTurn.due();
      return this.#exchange(api, request, this.#versionOf(api, versionMax), signal);
    }, signal);
  }

  async close(): Promise<void> {
    this.#lane.close();
    this.#closing.abort();
    this.#options.onClosed(this);
  }

  async #negotiate(): Promise<void> {
    const request = apiVersions.request({ clientSoftwareName: 'millrace', clientSoftwareVersion: '0' });
    const { errorCode, apiKeys } = await this.#exchange(apiVersions, request, apiVersions.versions[1], undefined);
    if (errorCode !== 0) throw new ProtocolError(kafkaErrorName(errorCode), 'ApiVersions was refused');
    for (const { apiKey, maxVersion } of apiKeys) this.#versions.set(apiKey, maxVersion);
  }

  #versionOf(api: Api, versionMax = api.versions[1]): number {
    const version = Math.min(versionMax, this.#versions.get(api.key) ?? -1);
    if (version < api.versions[0])
      throw new ProtocolError('UNSUPPORTED_VERSION', `the broker does not serve ${api.name}`);
    return version;
  }

  async #exchange<A extends Api>(
    api: A,
    request: RequestOf<A>,
    apiVersion: number,
    signal: AbortSignal | undefined,
  ): Promise<ResponseOf<A>> {
    const correlationId = ++this.#lastCorrelationId;
    const frame = encodeRequest(api, { apiVersion, correlationId, clientId: this.#options.clientId }, request);
    const answer = await answerFrame(this.#broker, frame, { caller: this.#caller, signal });
    if (answer === undefined) return api.response({}) as ResponseOf<A>;
    const reader = new MessageReader(answer, `${api.name} response v${apiVersion}`);
    const answered = readResponseHeader(reader, api, apiVersion);
    if (answered !== correlationId) {
      throw new ProtocolError('UNKNOWN_SERVER_ERROR', `answer ${answered} to request ${correlationId}`);
    }
    const response = api.response.read(apiVersion, reader) as ResponseOf<A>;
    reader.requireEnd();
    return response;
  }
}
