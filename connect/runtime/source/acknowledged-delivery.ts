// At least once: batches are appended, acknowledgements come back, and every commit interval the offsets of the longest acknowledged prefix are
// written. So every record is in its topic before the source's offset moves past it.

import type { Timer } from '../../../core/index.js';
import type { SourceBatch } from '../../api/record.js';
import type { DeliveryParts, SourceDelivery } from './source-delivery.js';
import { SubmittedBatches } from './submitted-batches.js';

/** Batches that may be under way at a time. */
const waitingBatchesMax = 16;

export class AcknowledgedDelivery implements SourceDelivery {
  readonly #parts: DeliveryParts;
  readonly #submitted = new SubmittedBatches();
  #timer: Timer | undefined;
  #acknowledging: Promise<void> = Promise.resolve();
  #committing: Promise<void> = Promise.resolve();

  constructor(parts: DeliveryParts) {
    this.#parts = parts;
  }

  async take(batches: readonly SourceBatch[]): Promise<void> {
    for (const batch of batches) await this.#submit(batch);
  }

  async finish(): Promise<void> {
    await this.#parts.producer.flush();
    await this.#acknowledging;
    await this.#commit();
  }

  salvage(): Promise<void> {
    return this.finish();
  }

  async stop(): Promise<void> {
    this.#timer?.cancel();
    await this.#committing.catch(() => undefined);
  }

  async #submit(batch: SourceBatch): Promise<void> {
    const { producer, writer, life, meter, failed } = this.#parts;
    for (const bad of batch.bad ?? []) writer.writeBad(bad);
    await writer.write(batch.records);
    const submitted = this.#submitted.submit(batch);
    this.#commitLater();
    life.working('records are not acknowledged');
    const acknowledged = producer.flush().then(() => {
      this.#submitted.acknowledge(submitted);
      meter.acknowledged(batch);
      life.progressed();
    }, failed);
    this.#acknowledging = acknowledged;
    if (producer.isFull) await producer.drained();
    if (this.#submitted.waitingCount >= waitingBatchesMax) await acknowledged;
  }

  /** A source that has nothing to say sets no timer. */
  #commitLater(): void {
    const { log, runtime, signal, failed } = this.#parts;
    this.#timer ??= log.ports.clock.setTimer(runtime['offset.flush.interval.ms'], () => {
      this.#timer = undefined;
      if (signal.aborted) return;
      this.#commit().then(() => this.#submitted.isEmpty || this.#commitLater(), failed);
    });
  }

  /** One at a time: a later commit must not be overtaken by an earlier one. */
  #commit(): Promise<void> {
    this.#committing = this.#committing.catch(() => undefined).then(() => this.#commitNow());
    return this.#committing;
  }

  async #commitNow(): Promise<void> {
    const { offsets, offsetProducer, task, log } = this.#parts;
    const committable = this.#submitted.takeCommittable();
    if (committable.length === 0) return;
    log.ports.failpoint('connect/records-sent');
    await offsets.write(offsetProducer, committable);
    offsets.remember(committable);
    log.ports.failpoint('connect/offsets-written');
    await task.committed?.(committable);
  }
}
