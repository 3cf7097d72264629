// Sends what the partition queues hold: one request over a lane to a leader with at most a batch of each partition, several requests in flight.
// It is called when a batch is full, when the tick or the linger time is over, and when an answer has come; it has no loop of its own.

import { kafkaErrors } from '../base/kafka-errors.js';
import type { Timer } from '../ports/clock.js';
import type { Ports } from '../ports/ports.js';
import { giveBackBuffer } from '../records/batch-buffers.js';
import { AppendRoom } from './append-room.js';
import type { ClusterView } from './cluster-view.js';
import { isInDoubt, isStaleMetadata } from './error-treatment.js';
import { FlushGroup } from './flush-group.js';
import { lateDelivery } from './late-delivery.js';
import { LeaderLookup } from './leader-lookup.js';
import type { PartitionQueue } from './partition-queue.js';
import type { ProduceLane } from './produce-lane.js';
import type { BatchAnswer, ProduceLanes } from './produce-lanes.js';
import { outcomeOf } from './produce-outcome.js';
import { noIdentity, type ProducerIdentity } from './producer-identity.js';
import type { ProducerSettings } from './producer-settings.js';
import { backoffMs } from './retry.js';
import { bytesToSend, type SealedBatch } from './sealed-batch.js';
import type { TopicPartition } from './topic.js';

/** What a transactional producer allows. */
export interface TransactionGate {
  /** Otherwise nothing is sent, or sent again. */
  readonly isOpen: boolean;
  /** Whoever is not admitted now is pumped again when it may be. */
  admits(partition: TopicPartition): boolean;
  failed(error: unknown, origin: 'leader'): void;
}

export interface DispatcherWay {
  readonly cluster: ClusterView;
  readonly lanes: ProduceLanes;
  /** An identity that no broker has seen a sequence of. Only for a producer without transactions. */
  readonly renewIdentity: (identity: ProducerIdentity) => Promise<ProducerIdentity>;
  readonly transactions: TransactionGate | undefined;
}

const batchesInFlightMax = 5;
const requestBytesMax = 16 * 1024 * 1024;
const expiryCheckMsMax = 1_000;

export class Dispatcher {
  identity: ProducerIdentity = noIdentity;
  readonly room: AppendRoom;
  readonly #ports: Ports;
  readonly #settings: ProducerSettings;
  readonly #way: DispatcherWay;
  readonly #lookup: LeaderLookup;
  /** Queues that have anything to send or in flight. */
  readonly #active = new Set<PartitionQueue>();
  readonly #groups = new Set<FlushGroup>();
  #group = new FlushGroup();
  #firstFailure: { readonly error: unknown } | undefined;
  #isTickScheduled = false;
  #renewal: 'none' | 'wanted' | 'running' = 'none';
  #expiryTimer: Timer | undefined;
  #waitsForAnswers: (() => void)[] = [];

  constructor(ports: Ports, settings: ProducerSettings, way: DispatcherWay) {
    this.#ports = ports;
    this.#settings = settings;
    this.#way = way;
    this.room = new AppendRoom(ports.clock, settings.bufferBytesMax);
    this.#lookup = new LeaderLookup(way.cluster, {
      onFound: () => this.pump(),
      onLost: (topic, error) => this.#giveUpTopic(topic, error),
    });
  }

  get bufferedBytes(): number {
    let bytes = this.room.sealedBytes;
    for (const queue of this.#active) if (queue.writer.recordCount > 0) bytes += queue.writer.sizeBytes;
    return bytes;
  }

  /** The first record of a batch was appended. */
  began(queue: PartitionQueue): void {
    this.#active.add(queue);
    if (this.#settings.lingerMs > 0) {
      queue.lingerTimer = this.#ports.clock.setTimer(this.#settings.lingerMs, () => this.#due([queue]));
    } else if (!this.#isTickScheduled) {
      this.#isTickScheduled = true;
      this.#ports.clock.defer(() => {
        this.#isTickScheduled = false;
        this.#due(this.#active);
      });
    }
  }

  full(queue: PartitionQueue): void {
    this.#active.add(queue);
    this.#seal(queue);
    this.pump();
  }

  async flush(): Promise<void> {
    for (const queue of this.#active) if (queue.writer.recordCount > 0) this.#seal(queue);
    const group = this.#group;
    this.#group = new FlushGroup();
    this.#groups.add(group);
    void group.finished.then(() => this.#groups.delete(group));
    group.close();
    this.pump();
    for (const open of [...this.#groups]) await open.finished;
    const failure = this.#firstFailure;
    this.#firstFailure = undefined;
    if (failure !== undefined) throw failure.error;
  }

  /**
   * Gives up all that was not sent; resolves when what was sent has been answered. `flush` tells nothing of it. True when something of it may
   * have been written, so that nobody knows which sequence comes next.
   */
  async discard(error: unknown): Promise<boolean> {
    const dropped = [...this.#active].flatMap(queue => this.#giveUp(queue, error));
    this.room.admit();
    if (this.#way.lanes.inFlightCount > 0) await new Promise<void>(resolve => this.#waitsForAnswers.push(resolve));
    this.#firstFailure = undefined;
    return dropped.some(batch => batch.mayBeWritten);
  }

  /** Sends whatever may be sent now. */
  pump(): void {
    while (this.#renewal === 'none') {
      const requests = this.#collect();
      if (requests.size === 0) return;
      for (const [lane, queues] of requests) this.#send(lane, queues);
    }
  }

  close(): void {
    this.#expiryTimer?.cancel();
  }

  #due(queues: Iterable<PartitionQueue>): void {
    for (const queue of queues) queue.isDue = queue.writer.recordCount > 0;
    this.pump();
  }

  #seal(queue: PartitionQueue): void {
    queue.lingerTimer?.cancel();
    queue.lingerTimer = undefined;
    const nowMs = this.#ports.clock.monotonic();
    this.room.take(queue.seal(this.identity, this.#group, nowMs), nowMs);
    this.#lookup.refreshWhenOld(queue.topic, this.#settings.metadataMaxAgeMs, nowMs);
    if (this.#expiryTimer === undefined) this.#awaitExpiry();
  }

  /** For each lane with room, the queues that have a batch to send now. */
  #collect(): Map<ProduceLane, PartitionQueue[]> {
    const requests = new Map<ProduceLane, PartitionQueue[]>();
    const bytes = new Map<ProduceLane, number>();
    for (const queue of this.#active) {
      if (queue.isIdle) this.#active.delete(queue);
      if (queue.isSent || !this.#maySend(queue)) continue;
      const leader = this.#way.cluster.leaderOf(queue.topic, queue.partition);
      if (leader < 0) {
        this.#awaitLeader(queue);
        continue;
      }
      const lane = this.#way.lanes.laneFor(leader, queue);
      if (lane === undefined) continue;
      if (queue.ready.length === 0) this.#seal(queue);
      const sizeBytes = queue.ready[0]!.bytes.length;
      const sum = (bytes.get(lane) ?? 0) + sizeBytes;
      const queues = requests.get(lane);
      if (queues === undefined) requests.set(lane, [queue]);
      else if (sum <= requestBytesMax) queues.push(queue);
      else continue;
      bytes.set(lane, sum);
      queue.lane = lane;
      lane.bytes += sizeBytes;
    }
    return requests;
  }

  #maySend(queue: PartitionQueue): boolean {
    if (queue.retryAtMs > 0) {
      if (queue.retryAtMs > this.#ports.clock.monotonic()) return false;
      queue.retryAtMs = 0;
    }
    queue.recover(this.identity);
    // Where the broker checks no sequence, two batches in flight could change places when the first fails.
    const isChecked = this.#settings.isIdempotent && queue.isKnown;
    const inFlightMax = isChecked && !queue.isRecovering ? batchesInFlightMax : 1;
    if (!queue.isWithinWindow(inFlightMax)) return false;
    if (queue.ready.length === 0 && !(queue.isDue && queue.writer.recordCount > 0)) return false;
    return this.#way.transactions?.admits(queue) ?? true;
  }

  #send(lane: ProduceLane, queues: readonly PartitionQueue[]): void {
    const batches = queues.map(queue => queue.takeReady());
    const parts = queues.map((queue, at) => ({
      topic: queue.topic,
      partition: queue.partition,
      bytes: bytesToSend(batches[at]!),
    }));
    this.#way.lanes.send(lane, parts, answers => {
      answers.forEach((answer, at) => {
        this.#answered(queues[at]!, batches[at]!, answer);
      });
      this.#ports.failpoint('producer/request-answered');
      this.#afterAnswers();
    });
    this.#ports.failpoint('producer/request-sent');
  }

  #answered(queue: PartitionQueue, batch: SealedBatch, answer: BatchAnswer): void {
    if (answer.error === undefined) {
      this.#written(queue, batch, answer);
      return;
    }
    if (isInDoubt(answer.error)) batch.mayBeWritten = true;
    const { attempts, recordCount } = batch;
    const outcome = outcomeOf(answer.code, { attempts, recordCount, isBehindFailure: queue.hasFailure });
    if (outcome === 'written') this.#written(queue, batch, answer);
    else if (outcome === 'abandon' || batch.isGivenUp || !this.#mayTryAgain(batch, outcome === 'renew')) {
      this.#abandon(queue, batch, answer.error);
    } else if (outcome === 'split') this.room.sealedBytes += queue.split(batch, this.#ports.compression);
    else this.#retry(queue, batch, answer, outcome === 'renew');
  }

  #mayTryAgain(batch: SealedBatch, needsIdentity: boolean): boolean {
    const { transactions } = this.#way;
    if (transactions !== undefined) return transactions.isOpen && !needsIdentity;
    // A batch that may be written must not be written again under an epoch that does not know it.
    return !needsIdentity || (this.#settings.isIdempotent && !batch.mayBeWritten);
  }

  #written(queue: PartitionQueue, batch: SealedBatch, answer: BatchAnswer): void {
    queue.written(batch);
    const { topic, partition } = queue;
    const { baseOffset, logAppendTimeMs } = answer;
    if (!batch.isGivenUp) {
      batch.sends?.resolve({ topic, partition, baseOffset, logAppendTimeMs });
      this.#release(batch);
    }
    // Behind an error or a second attempt somebody may still hold what was sent.
    if (answer.error === undefined && batch.attempts === 1) giveBackBuffer(batch.bytes);
  }

  #retry(queue: PartitionQueue, batch: SealedBatch, answer: BatchAnswer, needsIdentity: boolean): void {
    queue.failed(batch, answer.error);
    if (needsIdentity) this.#renewal = 'wanted';
    const { leader, error } = answer;
    if (leader !== undefined && this.#way.cluster.learnLeader(queue, leader)) return;
    if (isStaleMetadata(error)) this.#lookup.refresh(queue.topic);
    this.#pause(queue, batch.attempts - 1);
  }

  #abandon(queue: PartitionQueue, batch: SealedBatch, error: unknown): void {
    queue.abandoned(batch);
    this.#fail(batch, error);
    this.#way.transactions?.failed(error, 'leader');
  }

  #fail(batch: SealedBatch, error: unknown): void {
    // Whether the broker counts its sequence is not known: only a new epoch is sure to fit.
    const needsIdentity = batch.mayBeWritten && this.#settings.isIdempotent && this.#way.transactions === undefined;
    if (needsIdentity && this.#renewal === 'none') this.#renewal = 'wanted';
    if (batch.isGivenUp) return;
    batch.isGivenUp = true;
    const promised = batch.sends?.count ?? 0;
    if (promised < batch.recordCount) this.#firstFailure ??= { error };
    batch.sends?.reject(error);
    this.#release(batch);
  }

  #giveUp(queue: PartitionQueue, error: unknown): readonly SealedBatch[] {
    if (queue.writer.recordCount > 0) this.#seal(queue);
    const dropped = queue.drop();
    for (const batch of dropped) this.#fail(batch, error);
    return dropped;
  }

  #giveUpTopic(topic: string, error: unknown): void {
    const queues = [...this.#active].filter(queue => queue.topic === topic && !queue.isSent);
    for (const queue of queues) this.#giveUp(queue, error);
    if (queues.length > 0) this.#way.transactions?.failed(error, 'leader');
    this.#afterAnswers();
  }

  #release(batch: SealedBatch): void {
    this.room.sealedBytes -= batch.bytes.length;
    batch.group.add(-1);
  }

  #afterAnswers(): void {
    if (this.#renewal === 'wanted') this.#renewWhenIdle();
    if (this.#way.lanes.inFlightCount === 0) for (const resolve of this.#waitsForAnswers.splice(0)) resolve();
    this.room.admit();
    this.pump();
  }

  /** A new identity, when the last request under the old one has been answered. */
  #renewWhenIdle(): void {
    if (this.#way.lanes.inFlightCount > 0) return;
    this.#renewal = 'running';
    this.#way.renewIdentity(this.identity).then(
      identity => {
        this.identity = identity;
        this.#renewal = 'none';
        this.pump();
      },
      error => {
        this.#renewal = 'none';
        for (const queue of this.#active) this.#giveUp(queue, error);
        this.#afterAnswers();
      },
    );
  }

  #awaitLeader(queue: PartitionQueue): void {
    if (queue.ready.length === 0) this.#seal(queue);
    this.#lookup.refresh(queue.topic);
    this.#pause(queue, 2);
  }

  /** Not before the backoff is over. */
  #pause(queue: PartitionQueue, attempts: number): void {
    const delayMs = backoffMs(attempts, this.#ports);
    queue.retryAtMs = this.#ports.clock.monotonic() + delayMs;
    this.#ports.clock.setTimer(delayMs + 1, () => this.pump());
  }

  #awaitExpiry(): void {
    const periodMs = Math.min(expiryCheckMsMax, Math.max(10, this.#settings.deliveryTimeoutMs / 4));
    this.#expiryTimer = this.#ports.clock.setTimer(periodMs, () => {
      this.#expiryTimer = undefined;
      this.#expire();
      if (this.#active.size > 0) this.#awaitExpiry();
    });
  }

  /** Gives up what has waited too long. Of what is in flight the answer is still to come, and only the waiting ends. */
  #expire(): void {
    const sinceMs = this.#ports.clock.monotonic() - this.#settings.deliveryTimeoutMs;
    let failure: unknown;
    for (const queue of this.#active) {
      const late = queue.inFlight.filter(batch => !batch.isGivenUp && batch.sealedAtMs < sinceMs);
      late.push(...queue.dropOlder(sinceMs));
      if (late.length === 0) continue;
      const isLeaderless = this.#way.cluster.leaderOf(queue.topic, queue.partition) < 0;
      const { code } = isLeaderless ? kafkaErrors.LEADER_NOT_AVAILABLE : kafkaErrors.REQUEST_TIMED_OUT;
      const error = lateDelivery(queue, this.#settings.deliveryTimeoutMs, { error: queue.lastError, code });
      failure ??= error;
      for (const batch of late) this.#fail(batch, error);
    }
    if (failure === undefined) return;
    this.#way.transactions?.failed(failure, 'leader');
    this.#afterAnswers();
  }
}
