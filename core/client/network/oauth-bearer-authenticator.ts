import type { Authenticator } from './authenticator.js';
import type { SaslOptions } from './sasl-options.js';

const separator = '\x01';

/** RFC 7628: a bearer token. */
export class OauthBearerAuthenticator implements Authenticator {
  readonly #options: SaslOptions & { mechanism: 'OAUTHBEARER' };

  constructor(options: SaslOptions & { mechanism: 'OAUTHBEARER' }) {
    this.#options = options;
  }

  async begin(): Promise<Uint8Array> {
    const { token, extensions = {} } = this.#options;
    const text = (typeof token === 'string' ? token : await token()).trim();
    const pairs = Object.entries(extensions).map(([name, value]) => `${name}=${value}${separator}`);
    return Buffer.from(`n,,${separator}auth=Bearer ${text}${separator}${pairs.join('')}${separator}`);
  }

  /** A refusal comes as a challenge, and becomes an error code once the client has acknowledged it. */
  async answer(challenge: Uint8Array): Promise<Uint8Array | undefined> {
    return challenge.length === 0 ? undefined : Buffer.from(separator);
  }
}
