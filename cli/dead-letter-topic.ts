import type { Log, TopicPartition } from '../core/index.js';
import { type DeadLetter, deadLetter } from './dead-letter.js';

/** A topic of dead letters, read from where one says to the end it has now. */
export class DeadLetterTopic {
  readonly partitions: readonly TopicPartition[];
  readonly #log: Log;

  private constructor(log: Log, partitions: readonly TopicPartition[]) {
    this.#log = log;
    this.partitions = partitions;
  }

  /** Rejects with UsageError, naming the nearest, for a topic that does not exist. */
  static async open(log: Log, topic: string): Promise<DeadLetterTopic> {
    await using admin = log.admin();
    const [description] = await admin.describeTopics([topic]);
    return new DeadLetterTopic(
      log,
      description!.partitions.map(({ partition }) => ({ topic, partition })),
    );
  }

  /** The letters from `from(partition)` on, partition by partition. */
  async *letters(from: (partition: number) => number): AsyncGenerator<DeadLetter> {
    const { bytes } = await import('../core/index.js');
    await using consumer = this.#log.consumer({ key: bytes, value: bytes, isolationLevel: 'read_committed' });
    const starts = await consumer.beginningOffsets(this.partitions);
    const ends = await consumer.endOffsets(this.partitions);
    for (const [at, place] of this.partitions.entries()) {
      const end = ends[at]!.offset;
      consumer.assign([place]);
      consumer.seek(place, Math.min(Math.max(from(place.partition), starts[at]!.offset), end));
      while ((await consumer.position(place)) < end) {
        for (const record of await consumer.poll({ waitMs: 1_000 })) {
          if (record.offset < end) yield deadLetter(record);
        }
      }
    }
  }
}
