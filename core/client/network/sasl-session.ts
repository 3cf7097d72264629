// Who we are on one connection, and for how long the broker believes it (KIP-368). A session is renewed by the first request that comes when most
// of it is over; requests wait meanwhile, those on their way are answered first. An idle connection need not be renewed:
// the broker looks at the time only when it is asked something.

import { ProtocolError } from '../../base/errors.js';
import { kafkaErrors } from '../../base/kafka-errors.js';
import type { Ports } from '../../ports/ports.js';
import { saslHandshake } from '../../protocol/17-sasl-handshake.js';
import { saslAuthenticate } from '../../protocol/36-sasl-authenticate.js';
import type { ResponseOf } from '../../protocol/api.js';
import { refusal } from '../refusal.js';
import { authenticatorOf } from './authenticator-of.js';
import type { RequestPipeline } from './request-pipeline.js';
import type { SaslOptions } from './sasl-options.js';

/** The handshake after which the tokens travel in requests of their own. */
const handshakeVersion = 1;

type Answer = ResponseOf<typeof saslAuthenticate>;

export interface SaslWay {
  readonly pipeline: RequestPipeline;
  /** Of SaslAuthenticate, as negotiated. */
  readonly authenticateVersion: number;
}

export class SaslSession {
  readonly #ports: Ports;
  readonly #sasl: SaslOptions;
  readonly #way: SaslWay;
  #renewAtMs = Number.POSITIVE_INFINITY;
  #renewing: Promise<void> | undefined;

  private constructor(ports: Ports, sasl: SaslOptions, way: SaslWay) {
    this.#ports = ports;
    this.#sasl = sasl;
    this.#way = way;
  }

  /** Rejects with ProtocolError when the broker does not believe us, or we do not believe the broker. */
  static async begin(ports: Ports, sasl: SaslOptions, way: SaslWay): Promise<SaslSession> {
    const session = new SaslSession(ports, sasl, way);
    await session.#authenticate();
    return session;
  }

  /** What to wait for before the next request, if anything. */
  ready(): Promise<void> | undefined {
    if (this.#renewing === undefined && this.#ports.clock.monotonic() >= this.#renewAtMs) {
      this.#renewing = this.#authenticate();
      this.#renewing.then(
        () => {
          this.#renewing = undefined;
        },
        () => this.#way.pipeline.close(), // who waits is told why
      );
    }
    return this.#renewing;
  }

  async #authenticate(): Promise<void> {
    const { clock, random } = this.#ports;
    const begunMs = clock.monotonic();
    await this.#shakeHands();
    const lifetimeMs = await this.#exchangeTokens();
    if (lifetimeMs <= 0) this.#renewAtMs = Number.POSITIVE_INFINITY;
    // As Java's client: after 85 to 95 % of it, so that many clients do not renew at once.
    else this.#renewAtMs = begunMs + lifetimeMs * (0.85 + 0.1 * random.fraction());
  }

  async #shakeHands(): Promise<void> {
    const { mechanism } = this.#sasl;
    const { pipeline } = this.#way;
    const { errorCode, mechanisms } = await pipeline.exchange(saslHandshake, handshakeVersion, { mechanism });
    if (errorCode === 0) return;
    if (errorCode === kafkaErrors.ILLEGAL_SASL_STATE.code) {
      throw refusal(errorCode, pipeline.peer, 'this listener does not ask who we are: leave SASL away');
    }
    const offered = mechanisms.length === 0 ? '' : ` (it offers ${mechanisms.join(', ')})`;
    throw refusal(errorCode, `${pipeline.peer}: SASL ${mechanism}${offered}`);
  }

  /** Returns for how long the session lives; 0 is for ever. */
  async #exchangeTokens(): Promise<number> {
    const { pipeline, authenticateVersion } = this.#way;
    const authenticator = authenticatorOf(this.#ports, this.#sasl);
    let token: Uint8Array | undefined = await authenticator.begin();
    for (;;) {
      const answer: Answer = await pipeline.exchange(saslAuthenticate, authenticateVersion, { authBytes: token });
      if (answer.errorCode !== 0) throw this.#refused(answer);
      token = await authenticator.answer(answer.authBytes).catch(error => this.#rethrow(error));
      if (token === undefined) return answer.sessionLifetimeMs;
    }
  }

  #refused({ errorCode, errorMessage }: Answer): ProtocolError {
    const given = this.#sasl.mechanism === 'OAUTHBEARER' ? 'the token' : 'sasl.username and sasl.password';
    return refusal(errorCode, this.#title, `${errorMessage ?? 'refused'}: check ${given}`);
  }

  get #title(): string {
    const { mechanism } = this.#sasl;
    const user = this.#sasl.mechanism === 'OAUTHBEARER' ? '' : ` as "${this.#sasl.username}"`;
    return `${this.#way.pipeline.peer}: SASL ${mechanism}${user}`;
  }

  #rethrow(error: unknown): never {
    if (!(error instanceof ProtocolError)) throw error;
    throw new ProtocolError(error.kind, `${this.#title}: ${error.message.replace(`${error.kind}: `, '')}`);
  }
}
