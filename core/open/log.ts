import type { Admin } from '../client/admin.js';
import type { Consumer } from '../client/consumer.js';
import type { ConsumerOptions } from '../client/consumer-options.js';
import type { Place } from '../client/place.js';
import type { Producer } from '../client/producer.js';
import type { ProducerOptions } from '../client/producer-options.js';
import type { Ports } from '../ports/ports.js';

/**
 * An open log: where producers, consumers and admin clients come from. Closing it flushes, and closes what came from it.
 * As a `Place` it hands out connections of their own to those who speak the protocol's own requests.
 */
export interface Log extends Place, AsyncDisposable {
  /** The clock, disk and randomness that this log runs on; what is built upon it uses the same. */
  readonly ports: Ports;
  readonly clusterId: string;
  producer(options?: ProducerOptions): Producer;
  consumer<K = string, V = string>(options?: ConsumerOptions<K, V>): Consumer<K, V>;
  admin(): Admin;
  close(): Promise<void>;
}
