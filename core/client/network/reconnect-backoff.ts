import type { Ports } from '../../ports/ports.js';
import { addressText, type BrokerAddress } from './broker-address.js';
import type { NetworkSettings } from './network-settings.js';

interface Failures {
  readonly count: number;
  readonly retryAtMs: number;
}

/** When each address may be tried again: twice as late after each failure in a row, a fifth more or less. */
export class ReconnectBackoff {
  readonly #ports: Ports;
  readonly #settings: NetworkSettings;
  readonly #failures = new Map<string, Failures>();

  constructor(ports: Ports, settings: NetworkSettings) {
    this.#ports = ports;
    this.#settings = settings;
  }

  /** 0 when it may be tried now. */
  waitMs(address: BrokerAddress): number {
    const retryAtMs = this.#failures.get(addressText(address))?.retryAtMs ?? 0;
    return Math.max(0, retryAtMs - this.#ports.clock.monotonic());
  }

  hasFailed(address: BrokerAddress): boolean {
    return this.#failures.has(addressText(address));
  }

  succeeded(address: BrokerAddress): void {
    this.#failures.delete(addressText(address));
  }

  failed(address: BrokerAddress): void {
    const { reconnectBackoffMs, reconnectBackoffMaxMs } = this.#settings;
    const count = (this.#failures.get(addressText(address))?.count ?? 0) + 1;
    const ms = Math.min(reconnectBackoffMaxMs, reconnectBackoffMs * 2 ** Math.min(count - 1, 20));
    const retryAtMs = this.#ports.clock.monotonic() + ms * (0.8 + 0.4 * this.#ports.random.fraction());
    this.#failures.set(addressText(address), { count, retryAtMs });
  }
}
