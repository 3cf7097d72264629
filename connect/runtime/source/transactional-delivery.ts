// Exactly once (KIP-618): records, dead letters and the source's offsets become visible in one transaction of the task's producer. Its id belongs to
// the task, so a zombie of the task is fenced the moment its successor begins, before that reads where to go on. Where a transaction ends says
// `transaction.boundary`: with each poll, after an interval, or where the source says.

import type { Timer } from '../../../core/index.js';
import type { SourceBatch } from '../../api/record.js';
import { canonicalJson } from '../canonical-json.js';
import { boundaryIntervalMs } from './exactly-once.js';
import type { DeliveryParts, SourceDelivery } from './source-delivery.js';
import type { PartitionPosition } from './submitted-batches.js';

export class TransactionalDelivery implements SourceDelivery {
  readonly #parts: DeliveryParts;
  /** What the open transaction holds. */
  #batches: SourceBatch[] = [];
  #isOpen = false;
  #timer: Timer | undefined;
  #lane: Promise<void> = Promise.resolve();

  constructor(parts: DeliveryParts) {
    this.#parts = parts;
  }

  take(batches: readonly SourceBatch[]): Promise<void> {
    return this.#alone(async () => {
      const boundary = this.#parts.runtime['transaction.boundary'];
      for (const batch of batches) {
        await this.#write(batch);
        if (boundary !== 'connector' || batch.transaction === undefined) continue;
        await (batch.transaction === 'commit' ? this.#commit() : this.#discard());
      }
      if (boundary === 'poll') await this.#commit();
    });
  }

  finish(): Promise<void> {
    return this.#alone(() => this.#commit());
  }

  /** The transaction may hold a part of the bad record's batch: all of it is given up, and read again. */
  salvage(): Promise<void> {
    return Promise.resolve();
  }

  async stop(): Promise<void> {
    this.#timer?.cancel();
    await this.#lane.catch(() => undefined);
  }

  async #write(batch: SourceBatch): Promise<void> {
    const { producer, writer, runtime } = this.#parts;
    if (!this.#isOpen) this.#begin();
    for (const bad of batch.bad ?? []) writer.writeBad(bad);
    await writer.write(batch.records);
    this.#batches.push(batch);
    if (producer.isFull) await producer.drained();
    if (runtime['transaction.boundary'] === 'interval') this.#commitLater();
  }

  #begin(): void {
    this.#parts.producer.beginTransaction();
    this.#isOpen = true;
    this.#batches = [];
  }

  #commitLater(): void {
    const { log, runtime, failed } = this.#parts;
    this.#timer ??= log.ports.clock.setTimer(boundaryIntervalMs(runtime), () => {
      this.#timer = undefined;
      this.#alone(() => this.#commit()).catch(failed);
    });
  }

  async #commit(): Promise<void> {
    if (!this.#isOpen) return;
    const { log, offsets, producer, task, meter, life } = this.#parts;
    const positions = positionsOf(this.#batches);
    log.ports.failpoint('connect/records-sent');
    await offsets.write(producer, positions);
    log.ports.failpoint('connect/offsets-written');
    await producer.commitTransaction();
    log.ports.failpoint('connect/transaction-committed');
    this.#isOpen = false;
    offsets.remember(positions);
    for (const batch of this.#batches) meter.acknowledged(batch);
    life.progressed();
    await task.committed?.(positions);
  }

  /** The source wants none of these records; it has read them nevertheless. */
  async #discard(): Promise<void> {
    const { producer } = this.#parts;
    const batches = this.#batches.map(batch => ({ ...batch, records: [] }));
    await producer.abortTransaction();
    this.#begin();
    this.#batches = batches;
    await this.#commit();
  }

  /** The timer of the interval and what was polled take turns. After a failure nothing more is done: the transaction is aborted as the producer closes. */
  #alone(work: () => Promise<void>): Promise<void> {
    this.#lane = this.#lane.then(work);
    this.#lane.catch(() => undefined);
    return this.#lane;
  }
}

/** The last of each source partition. */
function positionsOf(batches: readonly SourceBatch[]): readonly PartitionPosition[] {
  const last = new Map<string, PartitionPosition>();
  for (const { partition, offset } of batches) last.set(canonicalJson(partition), { partition, offset });
  return [...last.values()];
}
