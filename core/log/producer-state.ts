// What the log knows of idempotent and transactional producers: by it a batch sent twice is written once, one that went missing is
// noticed, and what is not decided yet stays unread. The last five batches of each are remembered, as a producer has at most five requests
// in flight. Kafka's ProducerAppendInfo.

import { ProtocolError } from '../base/errors.js';
import {
  baseSequence,
  baseTimestamp,
  isControl,
  isTransactional,
  lastOffsetDelta,
  maxTimestamp,
  producerEpoch,
  producerId,
} from '../records/batch-header.js';
import { type EndTransactionMarker, readEndTransactionMarker } from '../records/end-transaction-marker.js';
import { deleteHorizonMs } from '../records/filter-batch.js';
import { type EndedTransaction, OpenTransactions } from './open-transactions.js';

export interface ProducerBatch {
  readonly baseSequence: number;
  readonly lastSequence: number;
  readonly baseOffset: number;
  readonly lastOffset: number;
  readonly timestamp: number;
}

export interface ProducerEntry {
  readonly producerId: number;
  epoch: number;
  /** Oldest first, at most five; none when a marker has begun the epoch. */
  batches: ProducerBatch[];
  /** Of the coordinator that wrote the last marker; -1: none has. */
  coordinatorEpoch: number;
  /** -1: no transaction is open. */
  currentTxnFirstOffset: number;
  lastTimestamp: number;
}

const batchesMax = 5;
const sequenceMax = 0x7fffffff;
const noSequence = -1;

export class ProducerState {
  readonly transactions = new OpenTransactions();
  private readonly producers = new Map<number, ProducerEntry>();

  get entries(): Iterable<ProducerEntry> {
    return this.producers.values();
  }

  find(producerId: number): ProducerEntry | undefined {
    return this.producers.get(producerId);
  }

  /** Whether the producer has a transaction of this epoch open. */
  hasOpenTransaction(producerId: number, epoch: number): boolean {
    const entry = this.producers.get(producerId);
    return entry !== undefined && entry.currentTxnFirstOffset >= 0 && entry.epoch === epoch;
  }

  /** Takes over what a snapshot holds, and nothing else. */
  restore(entries: readonly ProducerEntry[]): void {
    this.producers.clear();
    this.transactions.clear();
    for (const entry of entries) this.producers.set(entry.producerId, entry);
    const open = entries.filter(entry => entry.currentTxnFirstOffset >= 0);
    open.sort((a, b) => a.currentTxnFirstOffset - b.currentTxnFirstOffset);
    for (const entry of open) this.transactions.begin(entry.producerId, entry.currentTxnFirstOffset);
  }

  /** The earlier append of this same batch of a client, or undefined when it may be appended. Throws when it may not. */
  check(bytes: Uint8Array, at: number): ProducerBatch | undefined {
    const id = producerId(bytes, at);
    if (id < 0) return undefined;
    const entry = this.producers.get(id);
    if (entry === undefined) return undefined; // forgotten or new: any sequence begins
    const epoch = producerEpoch(bytes, at);
    const first = baseSequence(bytes, at);
    requireEpoch(entry, epoch);
    const last = advanceSequence(first, lastOffsetDelta(bytes, at));
    if (epoch > entry.epoch) {
      if (first !== 0) throw outOfOrder(`a new epoch of producer ${id} begins at ${first}, not 0`);
    } else {
      const duplicate = entry.batches.find(batch => batch.baseSequence === first && batch.lastSequence === last);
      if (duplicate !== undefined) return duplicate;
      const expected = advanceSequence(entry.batches.at(-1)?.lastSequence ?? noSequence, 1);
      if (first !== expected) throw outOfOrder(`producer ${id} sent sequence ${first} where ${expected} comes next`);
    }
    if (entry.currentTxnFirstOffset >= 0 && !isTransactional(bytes, at)) {
      throw new ProtocolError('INVALID_TXN_STATE', `producer ${id} has a transaction open, and the batch is not in it`);
    }
    return undefined;
  }

  /** The same for a batch of a coordinator, which has no sequence: a producer or a coordinator that is fenced may not write. */
  checkCoordinator(bytes: Uint8Array, at: number): undefined {
    const entry = this.producers.get(producerId(bytes, at));
    if (entry === undefined) return undefined;
    requireEpoch(entry, producerEpoch(bytes, at));
    const marker = readEndTransactionMarker(bytes, at);
    if (marker !== undefined && marker.coordinatorEpoch < entry.coordinatorEpoch) {
      const message = `a marker of coordinator epoch ${marker.coordinatorEpoch}, behind ${entry.coordinatorEpoch}`;
      throw new ProtocolError('TRANSACTION_COORDINATOR_FENCED', message);
    }
    return undefined;
  }

  /** Notes a batch that is in the log; returns the transaction that it ends. */
  apply(bytes: Uint8Array, at: number, baseOffset: number): EndedTransaction | undefined {
    const id = producerId(bytes, at);
    if (id < 0) return undefined;
    const epoch = producerEpoch(bytes, at);
    const hasHorizon = deleteHorizonMs(bytes, at) !== undefined;
    const timestamp = Math.max(maxTimestamp(bytes, at), hasHorizon ? -1 : baseTimestamp(bytes, at));
    const entry = this.entryOf(id, epoch, timestamp);
    if (isControl(bytes, at)) {
      const marker = readEndTransactionMarker(bytes, at);
      return marker === undefined ? undefined : this.applyMarker(entry, marker, baseOffset);
    }
    const first = baseSequence(bytes, at);
    if (first >= 0) noteBatch(entry, { first, baseOffset, delta: lastOffsetDelta(bytes, at), timestamp });
    if (isTransactional(bytes, at) && entry.currentTxnFirstOffset < 0) {
      entry.currentTxnFirstOffset = baseOffset;
      this.transactions.begin(id, baseOffset);
    }
    return undefined;
  }

  /** Forgets producers whose last batch is older than `expirationMs`, but for those with an open transaction. */
  expire(now: number, expirationMs: number): void {
    for (const entry of this.producers.values()) {
      if (entry.currentTxnFirstOffset < 0 && now - entry.lastTimestamp > expirationMs) {
        this.producers.delete(entry.producerId);
      }
    }
  }

  private entryOf(id: number, epoch: number, timestamp: number): ProducerEntry {
    let entry = this.producers.get(id);
    if (entry === undefined) {
      const rest = { coordinatorEpoch: -1, currentTxnFirstOffset: -1, lastTimestamp: timestamp };
      entry = { producerId: id, epoch, batches: [], ...rest };
      this.producers.set(id, entry);
    }
    if (entry.epoch !== epoch) entry.batches = [];
    entry.epoch = epoch;
    entry.lastTimestamp = timestamp;
    return entry;
  }

  private applyMarker(
    entry: ProducerEntry,
    { commits, coordinatorEpoch }: EndTransactionMarker,
    offset: number,
  ): EndedTransaction | undefined {
    entry.coordinatorEpoch = coordinatorEpoch;
    entry.currentTxnFirstOffset = -1;
    return this.transactions.end(entry.producerId, offset, commits);
  }
}

function requireEpoch(entry: ProducerEntry, epoch: number): void {
  if (epoch >= entry.epoch) return;
  const message = `producer ${entry.producerId} is at epoch ${entry.epoch}, not ${epoch}`;
  throw new ProtocolError('INVALID_PRODUCER_EPOCH', message);
}

function noteBatch(
  entry: ProducerEntry,
  batch: { readonly first: number; readonly baseOffset: number; readonly delta: number; readonly timestamp: number },
): void {
  const { first, baseOffset, delta, timestamp } = batch;
  if (entry.batches.length === batchesMax) entry.batches.shift();
  entry.batches.push({
    baseSequence: first,
    lastSequence: advanceSequence(first, delta),
    baseOffset,
    lastOffset: baseOffset + delta,
    timestamp,
  });
}

function outOfOrder(message: string): ProtocolError {
  return new ProtocolError('OUT_OF_ORDER_SEQUENCE_NUMBER', message);
}

/** Sequences wrap from 2^31 - 1 to 0. */
function advanceSequence(sequence: number, by: number): number {
  return (sequence + by) % (sequenceMax + 1);
}

/** The sequence `by` before. */
export function rewindSequence(sequence: number, by: number): number {
  return (sequence - by + sequenceMax + 1) % (sequenceMax + 1);
}
