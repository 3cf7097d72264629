// RFC 5802: proves that both sides know the password, and sends it to nobody. The broker's proof counts as much as ours: without it, anybody
// could sit at the address of the broker.

import { ProtocolError } from '../../base/errors.js';
import type { DigestName } from '../../ports/digests.js';
import type { Ports } from '../../ports/ports.js';
import type { Authenticator } from './authenticator.js';

const nonceBytes = 24;
/** As Kafka demands them, and more than anybody uses: the work is ours. */
const iterationsMin = 4_096;
const iterationsMax = 1_000_000;
/** "n,,": no channel binding. */
const channelBinding = 'c=biws';

type Step = 'server-first' | 'server-final';

export class ScramAuthenticator implements Authenticator {
  readonly #ports: Ports;
  readonly #digest: DigestName;
  readonly #username: string;
  readonly #password: string;
  readonly #nonce: string;
  #step: Step = 'server-first';
  #signature: Uint8Array = new Uint8Array(0);

  constructor(ports: Ports, digest: DigestName, user: { readonly username: string; readonly password: string }) {
    this.#ports = ports;
    this.#digest = digest;
    this.#username = user.username;
    this.#password = user.password;
    this.#nonce = Buffer.from(ports.random.bytes(nonceBytes)).toString('base64');
  }

  async begin(): Promise<Uint8Array> {
    return Buffer.from(`n,,${this.#firstBare}`);
  }

  async answer(challenge: Uint8Array): Promise<Uint8Array | undefined> {
    const text = Buffer.from(challenge).toString();
    if (this.#step === 'server-first') {
      this.#step = 'server-final';
      return Buffer.from(await this.#prove(text));
    }
    this.#verify(text);
    return undefined;
  }

  get #firstBare(): string {
    const name = this.#username.replaceAll('=', '=3D').replaceAll(',', '=2C');
    return `n=${name},r=${this.#nonce}`;
  }

  async #prove(serverFirst: string): Promise<string> {
    const { r: nonce = '', s: salt = '', i: count = '' } = attributes(serverFirst);
    const iterations = Number(count);
    if (!nonce.startsWith(this.#nonce) || nonce.length === this.#nonce.length || salt === '') {
      throw failed('the broker does not answer this exchange');
    }
    if (!Number.isInteger(iterations) || iterations < iterationsMin || iterations > iterationsMax) {
      throw failed(`the broker asks for ${count} iterations (allowed are ${iterationsMin} to ${iterationsMax})`);
    }
    const { digests } = this.#ports;
    const digest = this.#digest;
    const salted = await digests.derive(digest, this.#password, Buffer.from(salt, 'base64'), iterations);
    const withoutProof = `${channelBinding},r=${nonce}`;
    const message = Buffer.from(`${this.#firstBare},${serverFirst},${withoutProof}`);
    const clientKey = digests.hmac(digest, salted, Buffer.from('Client Key'));
    const clientSignature = digests.hmac(digest, digests.hash(digest, clientKey), message);
    const proof = Buffer.from(clientKey.map((byte, index) => byte ^ clientSignature[index]!));
    this.#signature = digests.hmac(digest, digests.hmac(digest, salted, Buffer.from('Server Key')), message);
    return `${withoutProof},p=${proof.toString('base64')}`;
  }

  #verify(serverFinal: string): void {
    const { v: signature = '', e: error } = attributes(serverFinal);
    if (error !== undefined) throw failed(`the broker refuses "${this.#username}": ${error}`);
    if (!this.#ports.digests.isEqual(Buffer.from(signature, 'base64'), this.#signature)) {
      throw failed(
        `the broker does not prove that it knows the password of "${this.#username}": this is another server`,
      );
    }
  }
}

/** `r=...,s=...,i=...` */
function attributes(text: string): Partial<Record<string, string>> {
  return Object.fromEntries(text.split(',').map(pair => [pair.slice(0, 1), pair.slice(2)]));
}

function failed(why: string): ProtocolError {
  return new ProtocolError('SASL_AUTHENTICATION_FAILED', why);
}
