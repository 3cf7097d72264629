import { Admin } from '../client/admin.js';
import { Consumer } from '../client/consumer.js';
import type { ConsumerOptions } from '../client/consumer-options.js';
import type { Place } from '../client/place.js';
import { Producer } from '../client/producer.js';
import type { ProducerOptions } from '../client/producer-options.js';
import type { Ports } from '../ports/ports.js';

/** Producer, consumer or admin client. */
interface Client {
  close(): Promise<void>;
}

/** The clients that came from one log. Those that nobody holds any more have nothing to close, and are forgotten. */
export class LogClients {
  readonly #ports: Ports;
  readonly #place: Place;
  readonly #clients = new Set<WeakRef<Client>>();
  readonly #forget = new FinalizationRegistry<WeakRef<Client>>(held => this.#clients.delete(held));

  constructor(ports: Ports, place: Place) {
    this.#ports = ports;
    this.#place = place;
  }

  producer(options?: ProducerOptions): Producer {
    return this.#keep(new Producer(this.#ports, this.#place, options));
  }

  consumer<K, V>(options?: ConsumerOptions<K, V>): Consumer<K, V> {
    return this.#keep(new Consumer<K, V>(this.#ports, this.#place, options));
  }

  admin(): Admin {
    return this.#keep(new Admin(this.#ports, this.#place));
  }

  /** Closes all. Returns the failures: a producer's undelivered records, offsets that could not be committed. */
  async close(): Promise<readonly unknown[]> {
    const clients = [...this.#clients].map(held => held.deref()).filter(client => client !== undefined);
    const closed = await Promise.allSettled(clients.map(client => client.close()));
    return closed.filter(each => each.status === 'rejected').map(each => each.reason as unknown);
  }

  #keep<C extends Client>(client: C): C {
    const held = new WeakRef<Client>(client);
    this.#clients.add(held);
    this.#forget.register(client, held);
    return client;
  }
}
