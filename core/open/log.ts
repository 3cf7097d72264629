import type { Admin } from '../client/admin.js';
import type { Consumer } from '../client/consumer.js';
import type { ConsumerOptions } from '../client/consumer-options.js';
import type { Producer } from '../client/producer.js';
import type { ProducerOptions } from '../client/producer-options.js';
import type { Ports } from '../ports/ports.js';
import type { Connection } from '../protocol/connection.js';

/** An open log: where producers, consumers and admin clients come from. Closing it flushes and lets go of everything. */
export interface Log extends AsyncDisposable {
  readonly url: string;
  /** The clock, disk and randomness that this log runs on; what is built upon it uses the same. */
  readonly ports: Ports;
  readonly clusterId: string;
  producer(options?: ProducerOptions): Producer;
  consumer<K = string, V = string>(options?: ConsumerOptions<K, V>): Consumer<K, V>;
  admin(): Admin;
  /** A connection of its own to the broker, for those who speak the protocol's own requests. */
  connect(): Promise<Connection>;
  close(): Promise<void>;
}
