import type { Admin } from '../client/admin.js';
import type { Consumer } from '../client/consumer.js';
import type { ConsumerOptions } from '../client/consumer-options.js';
import type { BrokerAddress } from '../client/network/broker-address.js';
import { ClusterPlace } from '../client/network/cluster-place.js';
import type { NetworkSettings } from '../client/network/network-settings.js';
import type { ConnectOptions } from '../client/place.js';
import type { Producer } from '../client/producer.js';
import type { ProducerOptions } from '../client/producer-options.js';
import { withRetries } from '../client/retry.js';
import type { Ports } from '../ports/ports.js';
import { metadata } from '../protocol/03-metadata.js';
import type { Connection } from '../protocol/connection.js';
import type { Log } from './log.js';
import { LogClients } from './log-clients.js';

export interface ClusterAddress {
  /** As shown to people: without secrets. */
  readonly url: string;
  readonly bootstrap: readonly BrokerAddress[];
}

/**
 * A log on a cluster of brokers, reached over the network. Closing it closes what came from it: clients (so a producer's records are
 * delivered, and a consumer leaves its group), then connections.
 */
export class ClusterLog implements Log {
  readonly ports: Ports;
  readonly clusterId: string;
  readonly #place: ClusterPlace;
  readonly #clients: LogClients;
  #closing: Promise<void> | undefined;

  private constructor(ports: Ports, place: ClusterPlace, clusterId: string) {
    this.ports = ports;
    this.clusterId = clusterId;
    this.#place = place;
    this.#clients = new LogClients(ports, place);
  }

  /** Asks a broker who the cluster is. Rejects with WorldFault, naming the addresses, when none answers within `openTimeoutMs`. */
  static async open(
    ports: Ports,
    settings: NetworkSettings,
    at: ClusterAddress & { readonly openTimeoutMs: number },
  ): Promise<ClusterLog> {
    const place = new ClusterPlace(ports, settings, at);
    try {
      const clusterId = await withRetries(ports, { timeoutMs: at.openTimeoutMs }, () => clusterIdOf(place));
      return new ClusterLog(ports, place, clusterId);
    } catch (error) {
      await place.close();
      throw error;
    }
  }

  get url(): string {
    return this.#place.url;
  }

  producer(options?: ProducerOptions): Producer {
    return this.#clients.producer(options);
  }

  consumer<K = string, V = string>(options?: ConsumerOptions<K, V>): Consumer<K, V> {
    return this.#clients.consumer<K, V>(options);
  }

  admin(): Admin {
    return this.#clients.admin();
  }

  connect(nodeId?: number, options?: ConnectOptions): Promise<Connection> {
    return this.#place.connect(nodeId, options);
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /** Rejects, when all is closed, with the first failure. */
  async #close(): Promise<void> {
    const failures = await this.#clients.close();
    await this.#place.close();
    if (failures.length > 0) throw failures[0];
  }
}

async function clusterIdOf(place: ClusterPlace): Promise<string> {
  const connection = await place.connect();
  try {
    const { clusterId } = await connection.send(metadata, metadata.request({ topics: [] }));
    return clusterId ?? '';
  } finally {
    await connection.close();
  }
}
