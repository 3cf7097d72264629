import type { Ports } from '../../ports/ports.js';
import type { Authenticator } from './authenticator.js';
import { OauthBearerAuthenticator } from './oauth-bearer-authenticator.js';
import { PlainAuthenticator } from './plain-authenticator.js';
import type { SaslOptions } from './sasl-options.js';
import { ScramAuthenticator } from './scram-authenticator.js';

/** Who speaks the mechanism that the options name. */
export function authenticatorOf(ports: Ports, sasl: SaslOptions): Authenticator {
  if (sasl.mechanism === 'OAUTHBEARER') return new OauthBearerAuthenticator(sasl);
  if (sasl.mechanism === 'PLAIN') return new PlainAuthenticator(sasl);
  return new ScramAuthenticator(ports, sasl.mechanism === 'SCRAM-SHA-256' ? 'sha256' : 'sha512', sasl);
}
