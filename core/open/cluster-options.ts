import type { SaslOptions } from '../client/network/sasl-options.js';
import type { TlsSettings } from '../ports/network.js';
import type { KafkaProperties } from './kafka-properties.js';

/**
 * How a cluster is reached: by options, or by the properties of Kafka's clients (`'security.protocol'`, `'sasl.jaas.config'`, ...) as they stand in
 * its configuration files. The options win. Logs in this process have no use for them.
 */
export interface ClusterOptions extends KafkaProperties {
  /** What the brokers call this client in logs, quotas and group descriptions. Default `millrace`. */
  readonly clientId?: string;
  /** Default 30,000. A request that is not answered by then fails, with its connection; long polls get their own wait on top. */
  readonly requestTimeoutMs?: number;
  /** For one connection, with the handshakes of TLS and SASL. Default 10,000. */
  readonly connectionSetupTimeoutMs?: number;
  /** How long `openLog` tries when no broker can be reached. Default 10,000. */
  readonly openTimeoutMs?: number;
  /** After a failure, doubled with each further one, a fifth more or less. Default 50. */
  readonly reconnectBackoffMs?: number;
  /** Default 1,000. */
  readonly reconnectBackoffMaxMs?: number;
  /** A larger answer of a broker is refused. Default 128 MiB. */
  readonly answerBytesMax?: number;
  /** Encrypts, as `kafka+ssl://` does; certificates and keys are PEM texts. */
  readonly tls?: TlsSettings;
  readonly sasl?: SaslOptions;
}
