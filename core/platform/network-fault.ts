import { WorldFault } from '../base/errors.js';
import type { NetworkTarget } from '../ports/network.js';

interface Meaning {
  /** What it means, or what to do. */
  readonly advice: string;
  readonly isRetriable: boolean;
}

const passing = (advice: string): Meaning => ({ advice, isRetriable: true });
const lasting = (advice: string): Meaning => ({ advice, isRetriable: false });

const untrusted = lasting('its certificate is not signed by anyone trusted here: name the CA by ssl.ca.location');

const unwanted = lasting(
  'it wants a certificate of the client that it trusts: name one and its key by ssl.keystore.location (PEM)',
);

const brokenTls = passing('the other side broke the connection off (does it speak TLS?)');

/** What the codes of Node and OpenSSL mean for whoever connects. */
const meanings: Readonly<Record<string, Meaning>> = {
  ECONNREFUSED: passing('nobody listens there'),
  ENOTFOUND: lasting('no such host name'),
  EAI_AGAIN: passing('the name cannot be looked up now'),
  ECONNRESET: passing('the other side broke the connection off'),
  ETIMEDOUT: passing('no answer'),
  EHOSTUNREACH: passing('no way to that host'),
  ENETUNREACH: passing('no way to that network'),
  ERR_SSL_WRONG_VERSION_NUMBER: lasting('it does not speak TLS: use kafka:// instead of kafka+ssl://'),
  ERR_SSL_PACKET_LENGTH_TOO_LONG: lasting('it does not speak TLS: use kafka:// instead of kafka+ssl://'),
  ERR_TLS_CERT_ALTNAME_INVALID: lasting('its certificate is for another host name'),
  CERT_HAS_EXPIRED: lasting('its certificate has expired'),
  DEPTH_ZERO_SELF_SIGNED_CERT: untrusted,
  SELF_SIGNED_CERT_IN_CHAIN: untrusted,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: untrusted,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: untrusted,
};

/** Why there is no connection to `host:port`, or none any more. */
export function networkFault({ host, port, tls }: NetworkTarget, cause: unknown): WorldFault {
  const failures = cause instanceof AggregateError ? cause.errors : [cause];
  const first = failures[0] as NodeJS.ErrnoException;
  const meaning =
    tls !== undefined && first.code === 'ECONNRESET' ? brokenTls : (meanings[first.code ?? ''] ?? readAs(first));
  const reason = first.message.replace(/\s+/g, ' ');
  const text = meaning.advice === '' ? reason : `${meaning.advice} (${first.code ?? reason})`;
  return new WorldFault(`${host.includes(':') ? `[${host}]` : host}:${port}: ${text}`, {
    cause,
    isRetriable: meaning.isRetriable,
  });
}

/** TLS alerts and unreadable keys have many codes; none of them goes away by itself. */
function readAs({ code = '' }: NodeJS.ErrnoException): Meaning {
  if (/ALERT_(BAD_CERTIFICATE|CERTIFICATE_REQUIRED|CERTIFICATE_UNKNOWN|UNKNOWN_CA)$/.test(code)) return unwanted;
  return code.startsWith('ERR_OSSL') || code.startsWith('ERR_SSL') ? lasting('') : passing('');
}
