import type { OffsetCommitRecord, OffsetTombstone } from './groups-record.js';

export interface CommittedOffset extends Omit<OffsetCommitRecord, 'kind'> {
  /** Where its record stands among all: a transaction that ends later does not take back what was committed after its own. */
  readonly position: number;
}

/** The offsets that groups have committed: by group, topic and partition. */
export class CommittedOffsets {
  private readonly byGroup = new Map<string, Map<string, Map<number, CommittedOffset>>>();

  find(groupId: string, topic: string, partition: number): CommittedOffset | undefined {
    return this.byGroup.get(groupId)?.get(topic)?.get(partition);
  }

  *ofGroup(groupId: string): Iterable<CommittedOffset> {
    for (const partitions of this.byGroup.get(groupId)?.values() ?? []) yield* partitions.values();
  }

  hasGroup(groupId: string): boolean {
    return this.byGroup.has(groupId);
  }

  *ofTopics(topics: ReadonlySet<string>): Iterable<CommittedOffset> {
    for (const byTopic of this.byGroup.values()) {
      for (const topic of topics) yield* byTopic.get(topic)?.values() ?? [];
    }
  }

  set(committed: CommittedOffset): void {
    const byTopic = this.byGroup.get(committed.groupId) ?? new Map<string, Map<number, CommittedOffset>>();
    this.byGroup.set(committed.groupId, byTopic);
    const byPartition = byTopic.get(committed.topic) ?? new Map<number, CommittedOffset>();
    byTopic.set(committed.topic, byPartition);
    byPartition.set(committed.partition, committed);
  }

  delete({ groupId, topic, partition }: Omit<OffsetTombstone, 'kind'>): void {
    const byTopic = this.byGroup.get(groupId);
    const byPartition = byTopic?.get(topic);
    byPartition?.delete(partition);
    if (byPartition?.size === 0) byTopic?.delete(topic);
    if (byTopic?.size === 0) this.byGroup.delete(groupId);
  }
}
