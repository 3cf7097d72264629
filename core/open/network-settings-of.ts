// The URL of a cluster, our options and Kafka's properties, made into one. What contradicts itself is refused: a password must not go out
// in the clear because somebody forgot a word.

import { UsageError } from '../base/errors.js';
import { type NetworkSettings, networkDefaults } from '../client/network/network-settings.js';
import type { Disk } from '../ports/disk.js';
import type { TlsSettings } from '../ports/network.js';
import type { ClusterOptions } from './cluster-options.js';
import type { ClusterUrl } from './cluster-url.js';
import { PropertyReader } from './kafka-properties.js';
import { saslOptionsOf } from './sasl-options-of.js';
import { tlsSettingsOf } from './tls-settings-of.js';

const protocols = ['PLAINTEXT', 'SSL', 'SASL_PLAINTEXT', 'SASL_SSL'] as const;
type SecurityProtocol = (typeof protocols)[number];

/** Throws UsageError; no message holds a secret. Certificates are read from `disk` by the names that properties give. */
export function networkSettingsOf(at: ClusterUrl, options: ClusterOptions, disk: Disk): NetworkSettings {
  const properties = new PropertyReader(options);
  const protocol = properties.oneOf('security.protocol', protocols);
  const number = (own: number | undefined, ...name: Parameters<PropertyReader['wholeNumber']>) =>
    own ?? properties.wholeNumber(...name);
  const given = {
    clientId: options.clientId ?? properties.text('client.id'),
    requestTimeoutMs: number(options.requestTimeoutMs, 'request.timeout.ms'),
    connectionSetupTimeoutMs: number(options.connectionSetupTimeoutMs, 'socket.connection.setup.timeout.ms'),
    reconnectBackoffMs: number(options.reconnectBackoffMs, 'reconnect.backoff.ms'),
    reconnectBackoffMaxMs: number(options.reconnectBackoffMaxMs, 'reconnect.backoff.max.ms'),
    answerBytesMax: number(options.answerBytesMax, 'receive.message.max.bytes'),
    tls: encryption(at, options, protocol, () => tlsSettingsOf(properties, disk)),
    sasl: protocol?.startsWith('SASL') === false ? undefined : saslOptionsOf(at, options, properties, disk),
  };
  if (protocol?.startsWith('SASL') && given.sasl === undefined) {
    throw new UsageError(`security.protocol=${protocol} needs sasl.mechanism, sasl.username and sasl.password`);
  }
  const known = Object.entries(given).filter(([, value]) => value !== undefined);
  return { ...networkDefaults, ...Object.fromEntries(known) };
}

function encryption(
  at: ClusterUrl,
  { tls, ...properties }: ClusterOptions,
  protocol: SecurityProtocol | undefined,
  fromProperties: () => TlsSettings,
): TlsSettings | undefined {
  const isPlain = protocol === 'PLAINTEXT' || protocol === 'SASL_PLAINTEXT';
  if (isPlain && (at.isEncrypted || tls !== undefined)) {
    throw new UsageError(`security.protocol=${protocol} contradicts ${tls === undefined ? 'kafka+ssl://' : 'tls'}`);
  }
  if (at.isEncrypted || tls !== undefined || protocol?.endsWith('SSL')) return { ...fromProperties(), ...tls };
  const stray = isPlain ? undefined : new PropertyReader(properties).anyOf('ssl.');
  if (stray === undefined) return undefined;
  throw new UsageError(`${stray} is given, but nothing is encrypted: use kafka+ssl:// or security.protocol=SSL`);
}
