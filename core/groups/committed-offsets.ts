import type { OffsetCommitRecord, OffsetTombstone } from './groups-record.js';

export type CommittedOffset = Omit<OffsetCommitRecord, 'kind'>;

/** The offsets that groups have committed: by group, topic and partition. */
export class CommittedOffsets {
  private readonly byGroup = new Map<string, Map<string, Map<number, CommittedOffset>>>();

  apply(record: OffsetCommitRecord | OffsetTombstone): void {
    if (record.kind === 'offset-commit') this.set(record);
    else this.delete(record);
  }

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

  private set({ kind: _kind, ...committed }: OffsetCommitRecord): void {
    const byTopic = this.byGroup.get(committed.groupId) ?? new Map<string, Map<number, CommittedOffset>>();
    this.byGroup.set(committed.groupId, byTopic);
    const byPartition = byTopic.get(committed.topic) ?? new Map<number, CommittedOffset>();
    byTopic.set(committed.topic, byPartition);
    byPartition.set(committed.partition, committed);
  }

  private delete({ groupId, topic, partition }: OffsetTombstone): void {
    const byTopic = this.byGroup.get(groupId);
    const byPartition = byTopic?.get(topic);
    byPartition?.delete(partition);
    if (byPartition?.size === 0) byTopic?.delete(topic);
    if (byTopic?.size === 0) this.byGroup.delete(groupId);
  }
}
