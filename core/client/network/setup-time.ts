import { WorldFault } from '../../base/errors.js';
import type { Timer } from '../../ports/clock.js';
import type { Ports } from '../../ports/ports.js';
import { addressText, type BrokerAddress } from './broker-address.js';
import type { NetworkSettings } from './network-settings.js';

/** The time in which one connection must be made: connected, encrypted, agreed upon, authenticated. Ends early when `signal` aborts. */
export class SetupTime {
  readonly #controller = new AbortController();
  readonly #outer: AbortSignal;
  readonly #timer: Timer;
  readonly #onOuterAbort = () => this.#controller.abort(this.#outer.reason);

  constructor(
    ports: Ports,
    { connectionSetupTimeoutMs }: NetworkSettings,
    to: { readonly address: BrokerAddress; readonly signal: AbortSignal },
  ) {
    const text = `${addressText(to.address)}: no connection within ${connectionSetupTimeoutMs} ms (socket.connection.setup.timeout.ms)`;
    const late = new WorldFault(text, { isRetriable: true });
    this.#outer = to.signal;
    this.#timer = ports.clock.setTimer(connectionSetupTimeoutMs, () => this.#controller.abort(late));
    to.signal.addEventListener('abort', this.#onOuterAbort);
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** Called when the time is over before `end` was called. */
  onEnd(giveUp: () => void): void {
    this.signal.addEventListener('abort', giveUp, { once: true });
  }

  /** Gives up what was begun; returns what to tell: that time is over, if it is, and `error` otherwise. */
  fail(error: unknown): unknown {
    if (this.signal.aborted) return this.signal.reason;
    this.#controller.abort(error);
    return error;
  }

  end(): void {
    this.#timer.cancel();
    this.#outer.removeEventListener('abort', this.#onOuterAbort);
  }
}
