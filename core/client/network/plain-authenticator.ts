import type { Authenticator } from './authenticator.js';

/** RFC 4616: user and password as they are, so it belongs on an encrypted connection. */
export class PlainAuthenticator implements Authenticator {
  readonly #message: Uint8Array;

  constructor({ username, password }: { readonly username: string; readonly password: string }) {
    this.#message = Buffer.from(`\0${username}\0${password}`);
  }

  async begin(): Promise<Uint8Array> {
    return this.#message;
  }

  async answer(): Promise<undefined> {
    return undefined;
  }
}
