// Which dead letters of a topic have been replayed or discarded: the committed offsets of a group of that topic's own. What is handled out of order stands in the
// metadata of the commit (`17,20-25`), so that everything that lists groups shows it, and it can be committed in the transaction of a replay.

import type { Log, OffsetToSend, TopicPartition } from '../core/index.js';
import { InvalidInput } from './exit-code.js';

/** Brokers take 4,096 by default. */
const metadataCharsMax = 4_000;

export function groupOf(topic: string): string {
  return `millrace-dlq-${topic}`;
}

interface Handled {
  /** All below are handled. */
  next: number;
  /** Those from `next` on that are as well. */
  readonly ahead: Set<number>;
  /** Whether a letter was passed that is to wait: `next` cannot go beyond it. */
  hasLeft: boolean;
}

export class HandledLetters {
  readonly #topic: string;
  readonly #byPartition = new Map<number, Handled>();

  private constructor(topic: string) {
    this.#topic = topic;
  }

  static async read(log: Log, partitions: readonly TopicPartition[]): Promise<HandledLetters> {
    const handled = new HandledLetters(partitions[0]!.topic);
    // Of a replay that is still being committed, the end is waited for.
    await using consumer = log.consumer({ groupId: groupOf(handled.#topic), isolationLevel: 'read_committed' });
    const committed = await consumer.committed(partitions);
    for (const { partition } of partitions) {
      const found = committed.find(each => each?.partition === partition);
      handled.#byPartition.set(partition, {
        next: found?.offset ?? 0,
        ahead: offsetsIn(found?.metadata ?? ''),
        hasLeft: false,
      });
    }
    return handled;
  }

  has({ partition, offset }: { partition: number; offset: number }): boolean {
    const { next, ahead } = this.#byPartition.get(partition)!;
    return offset < next || ahead.has(offset);
  }

  /** Where reading may begin. */
  next(partition: number): number {
    return this.#byPartition.get(partition)!.next;
  }

  add({ partition, offset }: { partition: number; offset: number }): void {
    this.#byPartition.get(partition)!.ahead.add(offset);
  }

  /**
   * Told of each letter from `next` on, in the order of a partition, so that offsets that hold no letter (markers of transactions) do not stand in the way. Returns whether
   * it has been handled.
   */
  see(letter: { partition: number; offset: number }): boolean {
    const handled = this.#byPartition.get(letter.partition)!;
    if (!handled.hasLeft) handled.next = Math.max(handled.next, letter.offset);
    return this.has(letter);
  }

  /** This one shall wait. */
  leave({ partition }: { partition: number }): void {
    this.#byPartition.get(partition)!.hasLeft = true;
  }

  /** What to commit. Throws InvalidInput when too many stand apart. */
  offsets(): readonly OffsetToSend[] {
    return [...this.#byPartition].map(([partition, handled]) => {
      while (handled.ahead.delete(handled.next)) handled.next++;
      for (const offset of handled.ahead) if (offset < handled.next) handled.ahead.delete(offset);
      const metadata = rangesOf(handled.ahead);
      if (metadata.length > metadataCharsMax) {
        throw new InvalidInput(
          `${this.#topic}-${partition}: too many letters are left between those that are done: replay or discard the earliest first`,
        );
      }
      return { topic: this.#topic, partition, offset: handled.next, metadata };
    });
  }
}

function offsetsIn(text: string): Set<number> {
  const offsets = new Set<number>();
  for (const range of text.split(',').filter(each => /^\d+(-\d+)?$/.test(each))) {
    const [first, last = first] = range.split('-').map(Number);
    for (let offset = first!; offset <= last!; offset++) offsets.add(offset);
  }
  return offsets;
}

function rangesOf(offsets: ReadonlySet<number>): string {
  const ranges: { first: number; last: number }[] = [];
  for (const offset of [...offsets].sort((a, b) => a - b)) {
    const range = ranges.at(-1);
    if (range?.last === offset - 1) range.last = offset;
    else ranges.push({ first: offset, last: offset });
  }
  return ranges.map(({ first, last }) => (first === last ? `${first}` : `${first}-${last}`)).join(',');
}
