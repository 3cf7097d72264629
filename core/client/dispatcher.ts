// Sends what the partition queues hold: one request to a leader with at most a batch of each partition, several requests in flight.
// It is called when a batch is full, when the tick or the linger time is over, and when an answer has come; it has no loop of its own.

import { kafkaErrors } from '../base/kafka-errors.js';
import type { Ports } from '../ports/ports.js';
import { giveBackBuffer } from '../records/batch-buffers.js';
import type { ClusterView } from './cluster-view.js';
import { FlushGroup } from './flush-group.js';
import type { PartitionQueue } from './partition-queue.js';
import type { BatchAnswer, ProduceLanes } from './produce-lanes.js';
import { isInDoubt, isStaleMetadata, outcomeOf } from './produce-outcome.js';
import { noIdentity, type ProducerIdentity } from './producer-identity.js';
import type { ProducerSettings } from './producer-settings.js';
import { refusal } from './refusal.js';
import { backoffMs } from './retry.js';
import { bytesToSend, type SealedBatch } from './sealed-batch.js';

const batchesInFlightMax = 5;
const requestBytesMax = 16 * 1024 * 1024;
/** For so long a loop may append before it is asked to let the event loop have a turn. */
const turnMs = 5;

export class Dispatcher {
  /** Bytes of sealed batches that are not done. */
  sealedBytes = 0;
  identity: ProducerIdentity = noIdentity;
  readonly #ports: Ports;
  readonly #settings: ProducerSettings;
  readonly #cluster: ClusterView;
  readonly #lanes: ProduceLanes;
  readonly #renewIdentity: () => Promise<ProducerIdentity>;
  /** Queues that have anything to send or in flight. */
  readonly #active = new Set<PartitionQueue>();
  readonly #refreshing = new Set<string>();
  readonly #groups = new Set<FlushGroup>();
  #group = new FlushGroup();
  #firstFailure: { readonly error: unknown } | undefined;
  #isTickScheduled = false;
  #renewal: 'none' | 'wanted' | 'running' = 'none';
  #waitsForRoom: (() => void)[] = [];
  /** When the first batch was sealed since the event loop last had a turn. */
  #turnBeganMs: number | undefined;
  #isTurnDue = false;

  constructor(
    ports: Ports,
    settings: ProducerSettings,
    way: { cluster: ClusterView; lanes: ProduceLanes; renewIdentity: () => Promise<ProducerIdentity> },
  ) {
    this.#ports = ports;
    this.#settings = settings;
    this.#cluster = way.cluster;
    this.#lanes = way.lanes;
    this.#renewIdentity = way.renewIdentity;
  }

  get bufferedBytes(): number {
    let bytes = this.sealedBytes;
    for (const queue of this.#active) if (queue.writer.recordCount > 0) bytes += queue.writer.sizeBytes;
    return bytes;
  }

  get hasRoom(): boolean {
    return this.sealedBytes < this.#settings.bufferBytesMax;
  }

  /** An embedded log answers without a turn of the event loop, so a loop that only looked for room could starve every timer and socket. */
  get shouldWait(): boolean {
    return this.#isTurnDue || !this.hasRoom;
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
    this.#pump();
  }

  async flush(): Promise<void> {
    for (const queue of this.#active) if (queue.writer.recordCount > 0) this.#seal(queue);
    const group = this.#group;
    this.#group = new FlushGroup();
    this.#groups.add(group);
    void group.finished.then(() => this.#groups.delete(group));
    group.close();
    this.#pump();
    for (const open of [...this.#groups]) await open.finished;
    const failure = this.#firstFailure;
    this.#firstFailure = undefined;
    if (failure !== undefined) throw failure.error;
  }

  drained(): Promise<void> {
    if (!this.shouldWait) return Promise.resolve();
    return new Promise(resolve => this.#waitsForRoom.push(resolve));
  }

  #due(queues: Iterable<PartitionQueue>): void {
    for (const queue of queues) queue.isDue = queue.writer.recordCount > 0;
    this.#pump();
  }

  #seal(queue: PartitionQueue): void {
    queue.lingerTimer?.cancel();
    queue.lingerTimer = undefined;
    const nowMs = this.#ports.clock.monotonic();
    this.sealedBytes += queue.seal(this.identity, this.#group, nowMs);
    if (this.#turnBeganMs === undefined) this.#beginTurn(nowMs);
    else if (nowMs - this.#turnBeganMs >= turnMs) this.#isTurnDue = true;
  }

  #beginTurn(nowMs: number): void {
    this.#turnBeganMs = nowMs;
    void this.#ports.clock.yield().then(() => {
      this.#turnBeganMs = undefined;
      this.#isTurnDue = false;
      this.#admit();
    });
  }

  /** Lets those go on who wait for room. */
  #admit(): void {
    if (this.#waitsForRoom.length === 0 || this.#isTurnDue) return;
    if (this.sealedBytes > this.#settings.bufferBytesMax / 2) return;
    for (const resolve of this.#waitsForRoom.splice(0)) resolve();
  }

  #pump(): void {
    while (this.#renewal === 'none') {
      const requests = this.#collect();
      if (requests.size === 0) return;
      for (const [leader, queues] of requests) this.#send(leader, queues);
    }
  }

  /** For each leader with room, the queues that have a batch to send now. */
  #collect(): Map<number, PartitionQueue[]> {
    const requests = new Map<number, PartitionQueue[]>();
    const bytes = new Map<number, number>();
    for (const queue of this.#active) {
      if (queue.isIdle) this.#active.delete(queue);
      if (queue.isSent || !this.#maySend(queue)) continue;
      const leader = this.#cluster.leaderOf(queue.topic, queue.partition);
      if (leader < 0) {
        this.#awaitLeader(queue);
        continue;
      }
      if (!this.#lanes.hasRoom(leader)) continue;
      if (queue.ready.length === 0) this.#seal(queue);
      const sum = (bytes.get(leader) ?? 0) + queue.ready[0]!.bytes.length;
      const queues = requests.get(leader);
      if (queues === undefined) requests.set(leader, [queue]);
      else if (sum <= requestBytesMax) queues.push(queue);
      else continue;
      bytes.set(leader, sum);
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
    if (queue.inFlight.length >= inFlightMax) return false;
    return queue.ready.length > 0 || (queue.isDue && queue.writer.recordCount > 0);
  }

  #send(leader: number, queues: readonly PartitionQueue[]): void {
    const batches = queues.map(queue => queue.takeReady());
    const parts = queues.map((queue, at) => ({
      topic: queue.topic,
      partition: queue.partition,
      bytes: bytesToSend(batches[at]!),
    }));
    this.#lanes.send(leader, parts, answers => {
      answers.forEach((answer, at) => {
        this.#answered(queues[at]!, batches[at]!, answer);
      });
      this.#afterAnswers();
    });
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
    else if (outcome === 'split') this.sealedBytes += queue.split(batch, this.#ports.compression);
    else if (outcome === 'abandon' || this.#isOverdue(batch)) this.#abandon(queue, batch, answer.error);
    else if (outcome === 'renew' && !this.#settings.isIdempotent) this.#abandon(queue, batch, answer.error);
    // A batch that may be written must not be written again under an id that does not know it.
    else if (outcome === 'renew' && batch.mayBeWritten) this.#abandon(queue, batch, answer.error);
    else this.#retry(queue, batch, answer.error, outcome === 'renew');
  }

  #written(queue: PartitionQueue, batch: SealedBatch, answer: BatchAnswer): void {
    queue.written(batch);
    const { topic, partition } = queue;
    const { baseOffset, logAppendTimeMs } = answer;
    batch.sends?.resolve({ topic, partition, baseOffset, logAppendTimeMs });
    this.#release(batch);
    // Behind an error or a second attempt somebody may still hold what was sent.
    if (answer.error === undefined && batch.attempts === 1) giveBackBuffer(batch.bytes);
  }

  #retry(queue: PartitionQueue, batch: SealedBatch, error: unknown, needsIdentity: boolean): void {
    queue.failed(batch);
    if (needsIdentity) this.#renewal = 'wanted';
    if (isStaleMetadata(error)) this.#refresh(queue);
    this.#pause(queue, batch.attempts - 1);
  }

  #abandon(queue: PartitionQueue, batch: SealedBatch, error: unknown): void {
    queue.abandoned(batch);
    // Whether the broker counts its sequence is not known: only a new id is sure to fit.
    if (batch.mayBeWritten && this.#settings.isIdempotent) this.#renewal = 'wanted';
    this.#fail(batch, error);
  }

  #fail(batch: SealedBatch, error: unknown): void {
    const promised = batch.sends?.count ?? 0;
    if (promised < batch.recordCount) this.#firstFailure ??= { error };
    batch.sends?.reject(error);
    this.#release(batch);
  }

  #giveUp(queue: PartitionQueue, error: unknown): void {
    if (queue.writer.recordCount > 0) this.#seal(queue);
    for (const batch of queue.drop()) this.#fail(batch, error);
  }

  #release(batch: SealedBatch): void {
    this.sealedBytes -= batch.bytes.length;
    batch.group.add(-1);
  }

  #isOverdue(batch: SealedBatch): boolean {
    return this.#ports.clock.monotonic() - batch.sealedAtMs > this.#settings.deliveryTimeoutMs;
  }

  #afterAnswers(): void {
    if (this.#renewal === 'wanted') this.#renewWhenIdle();
    this.#admit();
    this.#pump();
  }

  /** A new producer id, when the last request under the old one has been answered. */
  #renewWhenIdle(): void {
    if (this.#lanes.inFlightCount > 0) return;
    this.#renewal = 'running';
    this.#renewIdentity().then(
      identity => {
        this.identity = identity;
        this.#renewal = 'none';
        this.#pump();
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
    if (this.#isOverdue(queue.ready[0]!)) {
      const what = `writing to ${queue.topic}-${queue.partition}`;
      this.#giveUp(queue, refusal(kafkaErrors.LEADER_NOT_AVAILABLE.code, what));
      return;
    }
    this.#refresh(queue);
    this.#pause(queue, 2);
  }

  /** Not before the backoff is over. */
  #pause(queue: PartitionQueue, attempts: number): void {
    const delayMs = backoffMs(attempts, this.#ports);
    queue.retryAtMs = this.#ports.clock.monotonic() + delayMs;
    this.#ports.clock.setTimer(delayMs + 1, () => this.#pump());
  }

  /** Learns who leads the topic now; a topic that is gone takes its batches with it. */
  #refresh(queue: PartitionQueue): void {
    const { topic } = queue;
    if (this.#refreshing.has(topic)) return;
    this.#refreshing.add(topic);
    this.#cluster.refresh([topic]).then(
      () => {
        this.#refreshing.delete(topic);
        this.#pump();
      },
      error => {
        this.#refreshing.delete(topic);
        for (const other of this.#active) {
          if (other.topic === topic) this.#giveUp(other, error);
        }
        this.#afterAnswers();
      },
    );
  }
}
