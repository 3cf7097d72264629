import type { Consumer, TopicPartition } from '../../core/index.js';

/** First and next offset of some partitions, asked for in two requests. */
export class OffsetBounds {
  readonly #begin = new Map<string, number>();
  readonly #end = new Map<string, number>();

  static async of(consumer: Consumer, partitions: readonly TopicPartition[]): Promise<OffsetBounds> {
    const bounds = new OffsetBounds();
    if (partitions.length === 0) return bounds;
    const [begin, end] = await Promise.all([consumer.beginningOffsets(partitions), consumer.endOffsets(partitions)]);
    for (const each of begin) bounds.#begin.set(nameOf(each), each.offset);
    for (const each of end) bounds.#end.set(nameOf(each), each.offset);
    return bounds;
  }

  begin(partition: TopicPartition): number {
    return this.#begin.get(nameOf(partition)) ?? 0;
  }

  end(partition: TopicPartition): number {
    return this.#end.get(nameOf(partition)) ?? 0;
  }
}

function nameOf({ topic, partition }: TopicPartition): string {
  return `${topic}-${partition}`;
}
