import type { SourceOffset, SourcePartition } from '../api/record.js';

/** The offsets topic: what it holds outlives every task. */
export class StoredOffsets {
  readonly #offsets = new Map<string, { partition: SourcePartition; offset: SourceOffset }>();

  get(partition: SourcePartition): SourceOffset | undefined {
    return this.#offsets.get(keyOf(partition))?.offset;
  }

  all(): readonly { partition: SourcePartition; offset: SourceOffset }[] {
    return [...this.#offsets.values()];
  }

  /** As through JSON, which is what the topic holds. */
  set(partition: SourcePartition, offset: SourceOffset): void {
    const kept = JSON.parse(JSON.stringify({ partition, offset })) as {
      partition: SourcePartition;
      offset: SourceOffset;
    };
    this.#offsets.set(keyOf(partition), kept);
  }

  copy(): StoredOffsets {
    const copy = new StoredOffsets();
    for (const { partition, offset } of this.all()) copy.set(partition, offset);
    return copy;
  }
}

function keyOf(partition: SourcePartition): string {
  return JSON.stringify(Object.entries(partition).sort(([a], [b]) => (a < b ? -1 : 1)));
}
