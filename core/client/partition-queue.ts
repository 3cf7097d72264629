// What one producer has for one partition: the batch being filled, batches that wait, batches that were sent and are not answered.
// It keeps them in order whatever happens: after a failure nothing is sent until every batch in flight has been answered; then
// all that is not written goes out again, in order.
// Invariant: failed, ready and the batch being filled, in this order, are what was appended and is neither in flight nor done.

import type { Timer } from '../ports/clock.js';
import type { Compression } from '../ports/compression.js';
import type { BatchWriter } from '../records/batch-writer.js';
import type { FlushGroup } from './flush-group.js';
import { PendingSends } from './pending-sends.js';
import type { ProduceLane } from './produce-lane.js';
import type { ProducerIdentity } from './producer-identity.js';
import type { RecordMetadata } from './producer-options.js';
import { halve, identify, isAhead, type SealedBatch, sequenceAfter } from './sealed-batch.js';
import type { SendGroup } from './send-group.js';
import type { TopicPartition } from './topic.js';

export class PartitionQueue {
  readonly topic: string;
  readonly partition: number;
  readonly writer: BatchWriter;
  readonly ready: SealedBatch[] = [];
  readonly inFlight: SealedBatch[] = [];
  /** The tick or the linger time in which the batch began is over. */
  isDue = false;
  /** What was sent last went over it. */
  lane: ProduceLane | undefined;
  /** Ends the linger time of the batch being filled. */
  lingerTimer: Timer | undefined;
  /** Something failed and is not yet made good: at most one batch in flight. */
  isRecovering = false;
  /** Something failed, and what is in flight was sent behind it. */
  hasFailure = false;
  /** The broker has taken a batch of the present producer id. Before, it would take any sequence, also one behind a gap. */
  isKnown = false;
  /** Of the last attempt, unless a batch was written since. */
  lastError: unknown;
  /** On the monotonic clock: not before. */
  retryAtMs = 0;
  readonly #failed: SealedBatch[] = [];
  #sends: PendingSends | undefined;
  /** Of the next batch to seal, and behind the last one known to be written. */
  #nextSequence = 0;
  #sealedCount = 0;
  #writtenSequence = 0;
  /** The producer that the sequences count for. */
  #identity: ProducerIdentity | undefined;

  readonly #isTransactional: boolean;

  constructor(place: TopicPartition, writer: BatchWriter, isTransactional = false) {
    this.topic = place.topic;
    this.partition = place.partition;
    this.writer = writer;
    this.#isTransactional = isTransactional;
  }

  get isIdle(): boolean {
    return this.isSent && this.inFlight.length === 0;
  }

  /** Nothing waits to be sent. */
  get isSent(): boolean {
    return this.writer.recordCount === 0 && this.ready.length === 0 && this.#failed.length === 0;
  }

  /** The promise for the record that was just appended. */
  promise(timestamp: number): Promise<RecordMetadata> {
    this.#sends ??= new PendingSends();
    return this.#sends.add(this.writer.recordCount - 1, timestamp);
  }

  /** The record that was just appended is one of a group. */
  join(group: SendGroup, timestamp: number): void {
    this.#sends ??= new PendingSends();
    this.#sends.join(group, this.writer.recordCount - 1, timestamp);
  }

  /** Closes the batch being filled. Returns its bytes. */
  seal(identity: ProducerIdentity, group: FlushGroup, nowMs: number): number {
    if (this.inFlight.length === 0) this.#adopt(identity);
    const { producerId, producerEpoch } = this.#identity ?? identity;
    const recordCount = this.writer.recordCount;
    const baseSequence = producerId < 0 ? -1 : this.#nextSequence;
    this.#nextSequence = sequenceAfter(this.#nextSequence, recordCount);
    const batchIdentity = { producerId, producerEpoch, baseSequence };
    const bytes = this.writer.finish({ ...batchIdentity, isTransactional: this.#isTransactional });
    const sends = this.#sends;
    this.#sends = undefined;
    this.isDue = false;
    group.add(1);
    this.ready.push({
      bytes,
      recordCount,
      identity: batchIdentity,
      sends,
      group,
      sealedAtMs: nowMs,
      attempts: 0,
      mayBeWritten: false,
      isGivenUp: false,
      ordinal: this.#sealedCount++,
    });
    return bytes.length;
  }

  /**
   * Whether the next batch may follow those in flight. A broker remembers the last five batches of a producer to tell those that come again,
   * and one that was acknowledged out of turn, because the answer before it was lost, is among them.
   */
  isWithinWindow(batchesMax: number): boolean {
    const oldest = this.inFlight[0];
    if (oldest === undefined) return true;
    const next = this.ready[0]?.ordinal ?? this.#sealedCount;
    return this.inFlight.length < batchesMax && next - oldest.ordinal < batchesMax;
  }

  takeReady(): SealedBatch {
    const batch = this.ready.shift()!;
    this.inFlight.push(batch);
    return batch;
  }

  written(batch: SealedBatch): void {
    this.#land(batch);
    this.isKnown = true;
    this.lastError = undefined;
    const end = sequenceAfter(batch.identity.baseSequence, batch.recordCount);
    // Those behind it may have been answered before: the answer to its first attempt was lost.
    if (isAhead(end, this.#writtenSequence)) this.#writtenSequence = end;
    this.#doubtOvertaken();
    if (!this.hasFailure) this.isRecovering = false;
  }

  /** To be sent again, when all in flight has been answered. */
  failed(batch: SealedBatch, error: unknown): void {
    this.lastError = error;
    this.#land(batch);
    this.#failed.push(batch);
    this.#doubtOvertaken();
    this.#stumble();
  }

  /** Refused for good. Those behind it move up in the sequence. */
  abandoned(batch: SealedBatch): void {
    this.#land(batch);
    this.#stumble();
  }

  /** A batch that the broker found too large: its halves take its place. Returns by how many bytes there are more. */
  split(batch: SealedBatch, compression: Compression): number {
    this.#land(batch);
    const halves = halve(batch, compression);
    this.#failed.push(...halves);
    this.#doubtOvertaken();
    this.#stumble();
    batch.group.add(halves.length - 1);
    return halves.reduce((sum, half) => sum + half.bytes.length, 0) - batch.bytes.length;
  }

  /** Takes out everything that is sealed and not in flight, for a producer that gives it up. */
  drop(): readonly SealedBatch[] {
    this.#stumble();
    return [...this.#failed.splice(0), ...this.ready.splice(0)];
  }

  /** Takes out what was sealed before `sinceMs` and waits still. Those behind it move up in the sequence. */
  dropOlder(sinceMs: number): readonly SealedBatch[] {
    const isOld = (batch: SealedBatch): boolean => batch.sealedAtMs < sinceMs;
    const old = [...this.#failed.filter(isOld), ...this.ready.filter(isOld)];
    if (old.length === 0) return old;
    this.#stumble();
    for (const waiting of [this.#failed, this.ready]) {
      waiting.splice(0, waiting.length, ...waiting.filter(batch => !isOld(batch)));
    }
    return old;
  }

  /** Once nothing is in flight: puts what failed back in order, under the producer's present identity. */
  recover(identity: ProducerIdentity): void {
    if (this.inFlight.length > 0) return;
    this.#adopt(identity);
    if (!this.hasFailure) return;
    this.#requeueFailed();
    this.#renumber(this.#identity ?? identity, this.#writtenSequence);
    this.hasFailure = false;
    if (this.ready.length === 0) this.isRecovering = false;
  }

  /**
   * A batch behind them was taken. So they are written after all, or the broker knows nothing of this producer: its topic was deleted and created
   * again. Only their sequence tells which: the broker then refuses them, rather than write them behind their successors.
   */
  #doubtOvertaken(): void {
    for (const batch of this.#failed) {
      const { baseSequence } = batch.identity;
      const isOvertaken = baseSequence !== this.#writtenSequence && isAhead(this.#writtenSequence, baseSequence);
      if (baseSequence >= 0 && isOvertaken) batch.mayBeWritten = true;
    }
  }

  #stumble(): void {
    this.isRecovering = true;
    this.hasFailure = true;
  }

  /** A new producer id counts from 0. A batch that may be written already must be settled under the id that it may be written by. */
  #adopt(identity: ProducerIdentity): void {
    if (this.#identity === identity || this.#isInDoubt()) return;
    this.#identity = identity;
    this.isKnown = false;
    this.#writtenSequence = 0;
    this.#requeueFailed();
    this.#renumber(identity, 0);
  }

  #isInDoubt(): boolean {
    return this.ready.some(batch => batch.mayBeWritten) || this.#failed.some(batch => batch.mayBeWritten);
  }

  #requeueFailed(): void {
    this.ready.unshift(...this.#failed.splice(0).sort((a, b) => a.identity.baseSequence - b.identity.baseSequence));
  }

  #land(batch: SealedBatch): void {
    const at = this.inFlight.indexOf(batch);
    if (at >= 0) this.inFlight.splice(at, 1);
  }

  #renumber(identity: ProducerIdentity, from: number): void {
    const { producerId, producerEpoch } = identity;
    if (producerId < 0) return;
    let baseSequence = from;
    for (const batch of this.ready) {
      // The broker tells by its sequence whether it has the batch: one that may be written keeps it.
      if (!batch.mayBeWritten) identify(batch, { producerId, producerEpoch, baseSequence });
      const end = sequenceAfter(batch.identity.baseSequence, batch.recordCount);
      if (isAhead(end, baseSequence)) baseSequence = end;
    }
    this.#nextSequence = baseSequence;
  }
}
