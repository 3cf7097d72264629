// Where the sinks of all tasks of a thread write. Records to repartition topics are watched: what was written and not yet flushed holds up
// the tasks that join it with something else (least time first), and while windows are closed at the end of the input they are held back and
// written in the order of time, as one task after the other closes its windows.

import { type Producer, type TopicWriter, topic } from '../../core/index.js';
import type { Headers, SinkPlan } from '../topology/plan.js';
import type { MetricsCollector } from './metrics-collector.js';

type Writer = TopicWriter<unknown, unknown>;

interface HeldRecord {
  readonly writer: Writer;
  readonly key: unknown;
  readonly value: unknown;
  readonly timestamp: number;
  readonly headers: Headers;
}

export class TopicOutput {
  /** Written in all. */
  records = 0;
  /** Repartition records written since the last flush, and the lowest timestamp among them. */
  unflushedRecords = 0;
  leastUnflushedTimestamp = Number.POSITIVE_INFINITY;
  readonly #writers = new Map<number, Writer>();
  readonly #producer: Producer;
  readonly #metrics: MetricsCollector;
  #held: HeldRecord[] | undefined;

  constructor(producer: Producer, metrics: MetricsCollector) {
    this.#producer = producer;
    this.#metrics = metrics;
  }

  async open(sinks: readonly { readonly sink: SinkPlan; readonly topic: string }[]): Promise<void> {
    for (const { sink, topic: name } of sinks) {
      const descriptor = topic<unknown, unknown>(name, { key: sink.keySerde, value: sink.valueSerde });
      this.#writers.set(sink.id, await this.#producer.writer(descriptor));
    }
  }

  writerOf(sink: SinkPlan): (key: unknown, value: unknown, timestamp: number, headers: Headers) => void {
    const writer = this.#writers.get(sink.id)!;
    if (sink.isInternal) {
      return (key, value, timestamp, headers) => this.#repartition(writer, key, value, timestamp, headers);
    }
    return (key, value, timestamp, headers) => {
      writer.append(key, value, timestamp, -1, headers);
      this.#metrics.recordsOut++;
      this.records++;
    };
  }

  async flush(): Promise<void> {
    await this.#producer.flush();
    this.unflushedRecords = 0;
    this.leastUnflushedTimestamp = Number.POSITIVE_INFINITY;
  }

  /** From here on repartition records are held back. */
  hold(): void {
    this.#held = [];
  }

  /** Writes what was held back, lowest timestamp first. */
  release(): void {
    const held = this.#held ?? [];
    this.#held = undefined;
    held.sort((a, b) => a.timestamp - b.timestamp);
    for (const { writer, key, value, timestamp, headers } of held) {
      this.#repartition(writer, key, value, timestamp, headers);
    }
  }

  #repartition(writer: Writer, key: unknown, value: unknown, timestamp: number, headers: Headers): void {
    if (this.#held !== undefined) {
      this.#held.push({ writer, key, value, timestamp, headers });
      return;
    }
    writer.append(key, value, timestamp, -1, headers);
    this.records++;
    this.unflushedRecords++;
    if (timestamp < this.leastUnflushedTimestamp) this.leastUnflushedTimestamp = timestamp;
  }
}
