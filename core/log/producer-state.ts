// What the log knows of idempotent producers: by it a batch sent twice is written once, and one that went missing is noticed.
// The last five batches of each are remembered, as a producer has at most five requests in flight. Kafka's ProducerAppendInfo.

import { ProtocolError } from '../base/errors.js';
import {
  baseSequence,
  baseTimestamp,
  lastOffsetDelta,
  maxTimestamp,
  producerEpoch,
  producerId,
} from '../records/batch-header.js';

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
  /** Oldest first, at most five. */
  batches: ProducerBatch[];
  coordinatorEpoch: number;
  currentTxnFirstOffset: number;
  lastTimestamp: number;
}

const batchesMax = 5;
const sequenceMax = 0x7fffffff;

export class ProducerState {
  private readonly producers = new Map<number, ProducerEntry>();

  get entries(): Iterable<ProducerEntry> {
    return this.producers.values();
  }

  restore(entry: ProducerEntry): void {
    this.producers.set(entry.producerId, entry);
  }

  clear(): void {
    this.producers.clear();
  }

  /** The earlier append of this same batch, or undefined when it may be appended. Throws when it is out of sequence. */
  check(bytes: Uint8Array, at: number): ProducerBatch | undefined {
    const id = producerId(bytes, at);
    if (id < 0) return undefined;
    const entry = this.producers.get(id);
    if (entry === undefined) return undefined; // forgotten or new: any sequence begins
    const epoch = producerEpoch(bytes, at);
    const first = baseSequence(bytes, at);
    if (epoch < entry.epoch) {
      throw new ProtocolError('INVALID_PRODUCER_EPOCH', `producer ${id} is at epoch ${entry.epoch}, not ${epoch}`);
    }
    if (epoch > entry.epoch) {
      if (first === 0) return undefined;
      throw new ProtocolError(
        'OUT_OF_ORDER_SEQUENCE_NUMBER',
        `a new epoch of producer ${id} begins at ${first}, not 0`,
      );
    }
    const last = advanceSequence(first, lastOffsetDelta(bytes, at));
    const duplicate = entry.batches.find(batch => batch.baseSequence === first && batch.lastSequence === last);
    if (duplicate !== undefined) return duplicate;
    const expected = advanceSequence(entry.batches.at(-1)!.lastSequence, 1);
    if (first !== expected) {
      const message = `producer ${id} sent sequence ${first} where ${expected} comes next`;
      throw new ProtocolError('OUT_OF_ORDER_SEQUENCE_NUMBER', message);
    }
    return undefined;
  }

  /** Notes a batch that is in the log. */
  apply(bytes: Uint8Array, at: number, baseOffset: number): void {
    const id = producerId(bytes, at);
    const first = baseSequence(bytes, at);
    if (id < 0 || first < 0) return;
    const delta = lastOffsetDelta(bytes, at);
    const timestamp = Math.max(maxTimestamp(bytes, at), baseTimestamp(bytes, at));
    const batch: ProducerBatch = {
      baseSequence: first,
      lastSequence: advanceSequence(first, delta),
      baseOffset,
      lastOffset: baseOffset + delta,
      timestamp,
    };
    const epoch = producerEpoch(bytes, at);
    const entry = this.producers.get(id);
    if (entry === undefined) {
      const rest = { coordinatorEpoch: -1, currentTxnFirstOffset: -1, lastTimestamp: timestamp };
      this.producers.set(id, { producerId: id, epoch, batches: [batch], ...rest });
      return;
    }
    if (entry.epoch !== epoch) entry.batches = [];
    else if (entry.batches.length === batchesMax) entry.batches.shift();
    entry.epoch = epoch;
    entry.batches.push(batch);
    entry.lastTimestamp = timestamp;
  }

  /** Forgets producers whose last batch is older than `expirationMs`. */
  expire(now: number, expirationMs: number): void {
    for (const entry of this.producers.values()) {
      if (now - entry.lastTimestamp > expirationMs) this.producers.delete(entry.producerId);
    }
  }
}

/** Sequences wrap from 2^31 - 1 to 0. */
function advanceSequence(sequence: number, by: number): number {
  return (sequence + by) % (sequenceMax + 1);
}

/** The sequence `by` before. */
export function rewindSequence(sequence: number, by: number): number {
  return (sequence - by + sequenceMax + 1) % (sequenceMax + 1);
}
