import type { TopicOffset, TopicPartition } from '../../api/record.js';

/** An offset for each of some partitions: how far all tasks of a sink have come, or how far they shall. */
export class SinkPositions {
  readonly #offsets = new Map<string, TopicOffset>();

  set({ topic, partition, offset }: TopicOffset): void {
    this.#offsets.set(idOf({ topic, partition }), { topic, partition, offset });
  }

  get(partition: TopicPartition): number | undefined {
    return this.#offsets.get(idOf(partition))?.offset;
  }

  delete(partition: TopicPartition): void {
    this.#offsets.delete(idOf(partition));
  }

  all(): readonly TopicOffset[] {
    return [...this.#offsets.values()];
  }

  /** Whether every partition of `targets` is here with at least its offset. */
  hasReached(targets: readonly TopicOffset[]): boolean {
    return targets.every(target => (this.get(target) ?? -1) >= target.offset);
  }
}

function idOf({ topic, partition }: TopicPartition): string {
  return `${topic}-${partition}`;
}
