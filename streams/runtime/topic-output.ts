// Where the sinks of all tasks of a thread write. Records to repartition topics are watched: what is written and not yet flushed may hold up
// tasks behind it (least time first), and while windows are closed at the end of the input they are held back and written in the order of time,
// as one task after the other closes its windows.

import { type TopicWriter, topic } from '../../core/index.js';
import type { Headers, SinkPlan } from '../topology/plan.js';
import type { Delivery } from './delivery.js';
import type { MetricsCollector } from './metrics-collector.js';

type Writer = TopicWriter<unknown, unknown>;

/** What is on its way to one repartition topic: written, and not yet to be seen by its readers. */
export interface RepartitionFlow {
  leastUnseenTimestamp: number;
}

interface HeldRecord {
  readonly writer: Writer;
  readonly flow: RepartitionFlow;
  readonly key: unknown;
  readonly value: unknown;
  readonly timestamp: number;
  readonly headers: Headers;
}

export class TopicOutput {
  /** Written in all. */
  records = 0;
  /** Repartition records that their readers cannot see yet. */
  unseenRecords = 0;
  readonly #flows = new Map<string, RepartitionFlow>();
  readonly #writers = new Map<number, Writer>();
  readonly #delivery: Delivery;
  readonly #metrics: MetricsCollector;
  #held: HeldRecord[] | undefined;

  constructor(delivery: Delivery, metrics: MetricsCollector) {
    this.#delivery = delivery;
    this.#metrics = metrics;
  }

  /** To be called when the delivery has a new producer, before tasks are made that write. */
  async open(sinks: readonly { readonly sink: SinkPlan; readonly topic: string }[]): Promise<void> {
    this.#held = undefined;
    this.#showAll();
    for (const { sink, topic: name } of sinks) {
      const descriptor = topic<unknown, unknown>(name, { key: sink.keySerde, value: sink.valueSerde });
      this.#writers.set(sink.id, await this.#delivery.producer.writer(descriptor));
    }
  }

  /** `topic` is named as in the plan. */
  flowTo(topic: string): RepartitionFlow {
    let flow = this.#flows.get(topic);
    if (flow === undefined) this.#flows.set(topic, (flow = { leastUnseenTimestamp: Number.POSITIVE_INFINITY }));
    return flow;
  }

  writerOf(sink: SinkPlan): (key: unknown, value: unknown, timestamp: number, headers: Headers) => void {
    const writer = this.#writers.get(sink.id)!;
    if (sink.isInternal) {
      const flow = this.flowTo(sink.topic);
      return (key, value, timestamp, headers) => this.#repartition(writer, flow, key, value, timestamp, headers);
    }
    return (key, value, timestamp, headers) => {
      writer.append(key, value, timestamp, -1, headers);
      this.#metrics.recordsOut++;
      this.records++;
    };
  }

  async flush(): Promise<void> {
    await this.#delivery.producer.flush();
    if (this.#delivery.isVisibleWhenFlushed) this.#showAll();
  }

  /** All that was written can be seen. */
  committed(): void {
    this.#showAll();
  }

  /** What was written will not count. */
  aborted(): void {
    this.#held = undefined;
    this.#showAll();
  }

  #showAll(): void {
    this.unseenRecords = 0;
    for (const flow of this.#flows.values()) flow.leastUnseenTimestamp = Number.POSITIVE_INFINITY;
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
    for (const each of held)
      this.#repartition(each.writer, each.flow, each.key, each.value, each.timestamp, each.headers);
  }

  #repartition(
    writer: Writer,
    flow: RepartitionFlow,
    key: unknown,
    value: unknown,
    timestamp: number,
    headers: Headers,
  ): void {
    if (this.#held !== undefined) {
      this.#held.push({ writer, flow, key, value, timestamp, headers });
      return;
    }
    writer.append(key, value, timestamp, -1, headers);
    this.records++;
    this.unseenRecords++;
    if (timestamp < flow.leastUnseenTimestamp) flow.leastUnseenTimestamp = timestamp;
  }
}
