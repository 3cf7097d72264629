// A log that is another one, but that each request and each answer passes a watch.

import {
  Admin,
  Consumer,
  type ConsumerOptions,
  type Log,
  type Place,
  type Ports,
  Producer,
  type ProducerOptions,
} from '../../core/index.js';
import type { BoundaryWatch } from './boundary-watch.js';

type Connection = Awaited<ReturnType<Place['connect']>>;

export class WatchedLog implements Log {
  readonly url: string;
  readonly ports: Ports;
  readonly #log: Log;
  readonly #watch: BoundaryWatch;

  constructor(log: Log, watch: BoundaryWatch) {
    this.url = log.url;
    this.ports = log.ports;
    this.#log = log;
    this.#watch = watch;
  }

  get clusterId(): string {
    return this.#log.clusterId;
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

  async connect(...given: Parameters<Log['connect']>): Promise<Connection> {
    const connection = await this.#log.connect(...given);
    const watch = this.#watch;
    return {
      send: async (api, request, options) => {
        watch.pass('request', api.name);
        const answer = await connection.send(api, request, options);
        watch.pass('answer', api.name);
        return answer;
      },
      close: () => connection.close(),
    };
  }

  close(): Promise<void> {
    return this.#log.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}
