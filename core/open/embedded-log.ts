import { WorldFault } from '../base/errors.js';
import type { Broker } from '../broker/broker.js';
import { Admin } from '../client/admin.js';
import { Consumer } from '../client/consumer.js';
import type { ConsumerOptions } from '../client/consumer-options.js';
import { Producer } from '../client/producer.js';
import type { ProducerOptions } from '../client/producer-options.js';
import type { Ports } from '../ports/ports.js';
import type { Connection } from '../protocol/connection.js';
import { DirectConnection } from './direct-connection.js';
import { EncodedConnection } from './encoded-connection.js';
import { FairTurn } from './fair-turn.js';
import type { Log } from './log.js';
import type { ConnectionMode } from './open-options.js';

/** What a client of an embedded log is called in group descriptions, unless it says more. */
const clientId = 'embedded';

/** A log whose broker lives in this process. Closing it closes the connections that it gave out, then the broker. */
export class EmbeddedLog implements Log {
  readonly url: string;
  readonly ports: Ports;
  readonly #broker: Broker;
  readonly #mode: ConnectionMode;
  readonly #fairTurn: FairTurn;
  readonly #connections = new Set<Connection>();
  #closing: Promise<void> | undefined;

  constructor(ports: Ports, broker: Broker, options: { readonly url: string; readonly mode: ConnectionMode }) {
    this.url = options.url;
    this.ports = ports;
    this.#broker = broker;
    this.#mode = options.mode;
    this.#fairTurn = new FairTurn(ports.clock);
  }

  get clusterId(): string {
    return this.#broker.clusterId;
  }

  producer(options?: ProducerOptions): Producer {
    return new Producer(this.ports, this, options);
  }

  consumer<K = string, V = string>(options?: ConsumerOptions<K, V>): Consumer<K, V> {
    return new Consumer<K, V>(this.ports, this, options);
  }

  admin(): Admin {
    return new Admin(this.ports, this);
  }

  async connect(): Promise<Connection> {
    if (this.#closing !== undefined) throw new WorldFault(`the log ${this.url} is closed`, { isRetriable: false });
    const options = { fairTurn: this.#fairTurn, clientId, onClosed: (it: Connection) => this.#connections.delete(it) };
    const connection =
      this.#mode === 'direct'
        ? new DirectConnection(this.#broker, options)
        : await EncodedConnection.open(this.#broker, options);
    this.#connections.add(connection);
    return connection;
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #close(): Promise<void> {
    for (const connection of [...this.#connections]) await connection.close();
    await this.#broker.close();
  }
}
