// The brokers of a cluster, found from a few addresses. Who needs any broker gets one of those known, in random order, and one of the bootstrap
// addresses when none of them answers (so a cluster that has moved behind its names is found again). Who needs a certain one
// gets that one where it was last seen; the others are asked when that is not known, or when nobody answered there.

import { WorldFault } from '../../base/errors.js';
import type { Ports } from '../../ports/ports.js';
import { metadata } from '../../protocol/03-metadata.js';
import type { Connection } from '../../protocol/connection.js';
import type { ConnectOptions, Place } from '../place.js';
import { addressText, type BrokerAddress } from './broker-address.js';
import { NetworkConnection } from './network-connection.js';
import type { NetworkSettings } from './network-settings.js';
import { NodeDirectory } from './node-directory.js';
import { ReconnectBackoff } from './reconnect-backoff.js';

export class ClusterPlace implements Place {
  readonly url: string;
  readonly #ports: Ports;
  readonly #settings: NetworkSettings;
  readonly #bootstrap: readonly BrokerAddress[];
  readonly #nodes = new NodeDirectory();
  readonly #backoff: ReconnectBackoff;
  readonly #connections = new Set<Connection>();
  readonly #closing = new AbortController();
  #refreshing: Promise<void> | undefined;

  /** `url` is for people: without secrets. */
  constructor(
    ports: Ports,
    settings: NetworkSettings,
    at: { readonly url: string; readonly bootstrap: readonly BrokerAddress[] },
  ) {
    this.url = at.url;
    this.#ports = ports;
    this.#settings = settings;
    this.#bootstrap = at.bootstrap;
    this.#backoff = new ReconnectBackoff(ports, settings);
  }

  async connect(nodeId?: number, options: ConnectOptions = {}): Promise<Connection> {
    if (nodeId === undefined) return await this.#connectAny(options);
    return await this.#dial(await this.#addressOf(nodeId), options);
  }

  /** Closes every connection, and lets nobody make another one. */
  async close(): Promise<void> {
    this.#closing.abort(new WorldFault(`the log ${this.url} is closed`, { isRetriable: false }));
    await Promise.all([...this.#connections].map(connection => connection.close()));
  }

  async #connectAny(options: ConnectOptions): Promise<Connection> {
    const faults: WorldFault[] = [];
    for (const address of this.#candidates()) {
      try {
        return await this.#dial(address, options);
      } catch (error) {
        if (!(error instanceof WorldFault) || this.#closing.signal.aborted) throw error;
        faults.push(error);
      }
    }
    const isRetriable = faults.some(fault => fault.isRetriable);
    const reasons = faults.map(fault => fault.message).join('; ');
    throw new WorldFault(`no broker of ${this.url} can be reached: ${reasons}`, { cause: faults[0], isRetriable });
  }

  /** Known ones first; of all, those that failed a moment ago come last. */
  #candidates(): BrokerAddress[] {
    const all = [...this.#shuffled(this.#nodes.addresses()), ...this.#shuffled(this.#bootstrap)];
    const each = [...new Map(all.map(address => [addressText(address), address])).values()];
    const waits = new Map(each.map(address => [address, this.#backoff.waitMs(address)]));
    return each.sort((one, other) => waits.get(one)! - waits.get(other)!);
  }

  #shuffled(addresses: readonly BrokerAddress[]): BrokerAddress[] {
    const shuffled = [...addresses];
    for (let index = shuffled.length - 1; index > 0; index--) {
      const other = this.#ports.random.below(index + 1);
      [shuffled[index], shuffled[other]] = [shuffled[other]!, shuffled[index]!];
    }
    return shuffled;
  }

  async #addressOf(nodeId: number): Promise<BrokerAddress> {
    const known = this.#nodes.find(nodeId);
    if (known !== undefined && !this.#backoff.hasFailed(known)) return known;
    await this.#refresh();
    const found = this.#nodes.find(nodeId);
    if (found !== undefined) return found;
    const others = this.#nodes.addresses().map(addressText).join(', ');
    throw new WorldFault(`broker ${nodeId} is not up in ${this.url} (up are: ${others})`, { isRetriable: true });
  }

  /** Asks any broker who is there. */
  #refresh(): Promise<void> {
    this.#refreshing ??= this.#askWhoIsThere().finally(() => {
      this.#refreshing = undefined;
    });
    return this.#refreshing;
  }

  async #askWhoIsThere(): Promise<void> {
    const connection = await this.#connectAny({});
    try {
      await connection.send(metadata, metadata.request({ topics: [], allowAutoTopicCreation: false }));
    } finally {
      await connection.close();
    }
  }

  async #dial(address: BrokerAddress, { clientId = this.#settings.clientId }: ConnectOptions): Promise<Connection> {
    const { signal } = this.#closing;
    signal.throwIfAborted();
    const waitMs = this.#backoff.waitMs(address);
    if (waitMs > 0) await this.#ports.clock.sleep(waitMs, signal);
    const watcher = {
      onAnswer: this.#nodes.learn.bind(this.#nodes),
      onClosed: () => void this.#connections.delete(connection!),
    };
    let connection: NetworkConnection | undefined;
    try {
      const settings = { ...this.#settings, clientId };
      connection = await NetworkConnection.open(this.#ports, settings, { address, watcher, signal });
    } catch (error) {
      this.#backoff.failed(address);
      throw error;
    }
    this.#backoff.succeeded(address);
    if (!connection.isClosed) this.#connections.add(connection);
    return connection;
  }
}
