import { UsageError } from '../base/errors.js';
import { type SaslOptions, saslMechanisms } from '../client/network/sasl-options.js';
import type { Disk } from '../ports/disk.js';
import type { ClusterOptions } from './cluster-options.js';
import type { ClusterUrl } from './cluster-url.js';
import { jaasOptions } from './jaas-options.js';
import type { PropertyReader } from './kafka-properties.js';

/** Who we are: as the option `sasl` says, or else the properties, or else the user in the URL. undefined: nobody in particular. */
export function saslOptionsOf(
  at: ClusterUrl,
  { sasl }: ClusterOptions,
  properties: PropertyReader,
  disk: Disk,
): SaslOptions | undefined {
  if (sasl !== undefined) return checked(sasl);
  if (at.username === undefined && properties.anyOf('sasl.') === undefined) return undefined;
  const name = properties.text('sasl.mechanism') === undefined ? 'sasl.mechanisms' : 'sasl.mechanism';
  const mechanism = properties.oneOf(name, saslMechanisms) ?? 'PLAIN';
  if (mechanism === 'OAUTHBEARER') return { mechanism, token: tokenFile(properties, disk) };
  const jaas = jaasOptions(properties.text('sasl.jaas.config'));
  const username = properties.text('sasl.username') ?? jaas.username ?? at.username;
  const password = properties.text('sasl.password') ?? jaas.password ?? at.password;
  if (username === undefined || password === undefined) {
    throw new UsageError(
      `SASL ${mechanism} needs a user and a password: sasl.username and sasl.password, sasl.jaas.config, or kafka://USER:PASSWORD@HOST`,
    );
  }
  return { mechanism, username, password };
}

function checked(sasl: SaslOptions): SaslOptions {
  if (!(saslMechanisms as readonly string[]).includes(sasl.mechanism)) {
    throw new UsageError(`sasl.mechanism "${sasl.mechanism}": known are ${saslMechanisms.join(', ')}`);
  }
  const missing =
    sasl.mechanism === 'OAUTHBEARER'
      ? sasl.token === undefined && 'token'
      : (sasl.username === undefined && 'username') || (sasl.password === undefined && 'password');
  if (missing) throw new UsageError(`sasl: ${sasl.mechanism} needs ${missing}`);
  return sasl;
}

/** As with Java's client, a file that something else keeps fresh; it is read for each connection. */
function tokenFile(properties: PropertyReader, disk: Disk): () => string {
  const url = properties.text('sasl.oauthbearer.token.endpoint.url') ?? '';
  const path = /^file:(?:\/\/)?(\/.*)$/.exec(url)?.[1];
  if (path !== undefined) return () => Buffer.from(disk.readFile(path)).toString();
  throw new UsageError(
    'SASL OAUTHBEARER needs sasl.oauthbearer.token.endpoint.url=file:///PATH of a token, or in code sasl: { mechanism, token }',
  );
}
