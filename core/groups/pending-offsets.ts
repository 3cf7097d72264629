import type { CommittedOffset } from './committed-offsets.js';
import type { PendingOffsetRecord } from './groups-record.js';

type Place = Pick<CommittedOffset, 'groupId' | 'topic' | 'partition'>;

/** Offsets committed in transactions that are still open: they count when the transaction commits, and never existed when it aborts. */
export class PendingOffsets {
  private readonly byProducer = new Map<number, Map<string, CommittedOffset>>();

  add({ kind: _kind, producerId, producerEpoch: _epoch, ...offset }: PendingOffsetRecord, position: number): void {
    const ofProducer = this.byProducer.get(producerId) ?? new Map<string, CommittedOffset>();
    this.byProducer.set(producerId, ofProducer);
    ofProducer.set(keyOf(offset), { ...offset, position });
  }

  /** The transaction of the producer is over: what it had committed. */
  end(producerId: number): Iterable<CommittedOffset> {
    const ended = this.byProducer.get(producerId);
    this.byProducer.delete(producerId);
    return ended?.values() ?? [];
  }

  /** Somebody has deleted the offset. */
  delete(place: Place): void {
    for (const [producerId, ofProducer] of this.byProducer) {
      ofProducer.delete(keyOf(place));
      if (ofProducer.size === 0) this.byProducer.delete(producerId);
    }
  }

  has(groupId: string, topic: string, partition: number): boolean {
    const key = keyOf({ groupId, topic, partition });
    for (const ofProducer of this.byProducer.values()) if (ofProducer.has(key)) return true;
    return false;
  }

  hasGroup(groupId: string): boolean {
    return !this.ofGroup(groupId).next().done;
  }

  *ofGroup(groupId: string): Generator<CommittedOffset> {
    for (const each of this.all()) if (each.groupId === groupId) yield each;
  }

  *ofTopics(topics: ReadonlySet<string>): Generator<CommittedOffset> {
    for (const each of this.all()) if (topics.has(each.topic)) yield each;
  }

  private *all(): Generator<CommittedOffset> {
    for (const ofProducer of this.byProducer.values()) yield* ofProducer.values();
  }
}

function keyOf({ groupId, topic, partition }: Place): string {
  return `${topic} ${partition} ${groupId}`;
}
