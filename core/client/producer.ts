import { AssertionFailure } from '../base/errors.js';
import type { Ports } from '../ports/ports.js';
import type { Place } from './place.js';
import type { ProducerOptions, ProducerRecord, RecordMetadata } from './producer-options.js';
import type { Topic } from './topic.js';
import type { TopicWriter } from './topic-writer.js';

/** Key or value of a topic that is given by name only: a text is written as UTF-8. */
export type Raw = string | Uint8Array;

export class Producer implements AsyncDisposable {
  readonly ports: Ports;
  readonly place: Place;
  readonly options: ProducerOptions;

  constructor(ports: Ports, place: Place, options: ProducerOptions = {}) {
    this.ports = ports;
    this.place = place;
    this.options = options;
  }

  /** Bytes appended and not yet acknowledged. */
  get bufferedBytes(): number {
    throw notBuilt();
  }

  /** True above `bufferBytesMax`: whoever appends through a writer should await `drained()`. */
  get isFull(): boolean {
    throw notBuilt();
  }

  /** Writes one record; resolves when it is acknowledged. */
  send(topic: string, record: ProducerRecord<Raw, Raw>): Promise<RecordMetadata>;
  send<K, V>(topic: Topic<K, V>, record: ProducerRecord<K, V>): Promise<RecordMetadata>;
  send<K, V>(_topic: string | Topic<K, V>, _record: ProducerRecord<K, V>): Promise<RecordMetadata> {
    throw notBuilt();
  }

  /** The fast way in: appends without a promise. What fails is told by `flush`. */
  writer<K, V>(_topic: Topic<K, V>): Promise<TopicWriter<K, V>> {
    throw notBuilt();
  }

  /** Resolves when all that was given before is acknowledged; rejects with the first failure of an append since the last flush. */
  flush(): Promise<void> {
    throw notBuilt();
  }

  /** Resolves when there is room again. */
  drained(): Promise<void> {
    throw notBuilt();
  }

  /** Flushes and closes. */
  close(): Promise<void> {
    throw notBuilt();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}

function notBuilt(): AssertionFailure {
  return new AssertionFailure('the producer is not built yet');
}
