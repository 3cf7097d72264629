import { WorldFault } from '../base/errors.js';
import type { Broker } from '../broker/broker.js';
import { Admin } from '../client/admin.js';
import { Consumer } from '../client/consumer.js';
import type { ConsumerOptions } from '../client/consumer-options.js';
import type { ConnectOptions, Place } from '../client/place.js';
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
const defaultClientId = 'embedded';

/** Producer, consumer or admin client. */
interface Client {
  close(): Promise<void>;
}

/**
 * A log whose broker lives in this process. Closing it closes what came from it first: clients (so a producer's records are
 * delivered, and a consumer leaves its group), other connections, then the broker.
 */
export class EmbeddedLog implements Log {
  readonly isInProcess = true;
  readonly url: string;
  readonly ports: Ports;
  readonly #broker: Broker;
  readonly #mode: ConnectionMode;
  readonly #fairTurn: FairTurn;
  readonly #connections = new Set<Connection>();
  /** Clients that have connections, and how many. */
  readonly #clients = new Map<Client, number>();
  #closing: Promise<void> | undefined;
  #isClosed = false;

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

  get appendCount(): number {
    return this.#broker.appendCount;
  }

  producer(options?: ProducerOptions): Producer {
    return this.#client(place => new Producer(this.ports, place, options));
  }

  consumer<K = string, V = string>(options?: ConsumerOptions<K, V>): Consumer<K, V> {
    return this.#client(place => new Consumer<K, V>(this.ports, place, options));
  }

  admin(): Admin {
    return this.#client(place => new Admin(this.ports, place));
  }

  connect(_nodeId?: number, options?: ConnectOptions): Promise<Connection> {
    return this.#connect(options, () => undefined);
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #client<C extends Client>(make: (place: Place) => C): C {
    const count = (by: number): void => {
      const connections = (this.#clients.get(client) ?? 0) + by;
      if (connections === 0) this.#clients.delete(client);
      else this.#clients.set(client, connections);
    };
    const connect = async (_nodeId?: number, options?: ConnectOptions): Promise<Connection> => {
      const connection = await this.#connect(options, () => count(-1));
      count(1);
      return connection;
    };
    const client = make({ url: this.url, isInProcess: true, connect, groupNews: this.#broker.groupNews });
    return client;
  }

  async #connect({ clientId = defaultClientId }: ConnectOptions = {}, onClosed: () => void): Promise<Connection> {
    if (this.#isClosed) throw new WorldFault(`the log ${this.url} is closed`, { isRetriable: false });
    const options = {
      fairTurn: this.#fairTurn,
      clientId,
      onClosed: (closed: Connection) => {
        if (this.#connections.delete(closed)) onClosed();
      },
    };
    const connection =
      this.#mode === 'direct'
        ? new DirectConnection(this.#broker, options)
        : await EncodedConnection.open(this.#broker, options);
    this.#connections.add(connection);
    return connection;
  }

  /** Rejects, when all is closed, with the first failure: a producer's undelivered records, a disk that cannot be flushed. */
  async #close(): Promise<void> {
    const closed = await Promise.allSettled([...this.#clients.keys()].map(client => client.close()));
    this.#isClosed = true;
    for (const connection of [...this.#connections]) await connection.close();
    await this.#broker.close();
    for (const each of closed) if (each.status === 'rejected') throw each.reason;
  }
}
