import type { TlsSettings } from '../../ports/network.js';
import type { SaslOptions } from './sasl-options.js';

/** How a client reaches the brokers of a cluster. */
export interface NetworkSettings {
  readonly clientId: string;
  /** An answer that has not come by then is given up, with its connection; long polls get their own wait on top. */
  readonly requestTimeoutMs: number;
  /** For one connection, with the handshakes of TLS and SASL. */
  readonly connectionSetupTimeoutMs: number;
  readonly reconnectBackoffMs: number;
  readonly reconnectBackoffMaxMs: number;
  /** A larger answer is refused. */
  readonly answerBytesMax: number;
  /** Encrypted where given. */
  readonly tls: TlsSettings | undefined;
  readonly sasl: SaslOptions | undefined;
}

export const networkDefaults: NetworkSettings = {
  clientId: 'millrace',
  requestTimeoutMs: 30_000,
  connectionSetupTimeoutMs: 10_000,
  reconnectBackoffMs: 50,
  reconnectBackoffMaxMs: 1_000,
  answerBytesMax: 128 * 1024 * 1024,
  tls: undefined,
  sasl: undefined,
};
