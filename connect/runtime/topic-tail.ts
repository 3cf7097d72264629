// Reads a topic to its end, and later from there to what is its end then. Read committed: what a transaction that was aborted has written never counted.

import { bytes, type Log, string } from '../../core/index.js';

export type TakeRecord = (key: Uint8Array | null, value: string | null) => void;

export class TopicTail {
  readonly #log: Log;
  readonly #topic: string;
  readonly #take: TakeRecord;
  /** The next offset to read, by partition. */
  readonly #positions = new Map<number, number>();
  #running: Promise<void> = Promise.resolve();
  #waiting: Promise<void> | undefined;

  /** `take` is called for each record, in the order of its partition. */
  constructor(log: Log, topic: string, take: TakeRecord) {
    this.#log = log;
    this.#topic = topic;
    this.#take = take;
  }

  /** All that was there when it was called has been taken when it resolves. Who calls while it reads shares the next reading with all others that do. */
  toEnd(): Promise<void> {
    this.#waiting ??= this.#running
      .catch(() => undefined)
      .then(() => {
        this.#waiting = undefined;
        this.#running = this.#read();
        return this.#running;
      });
    return this.#waiting;
  }

  async #read(): Promise<void> {
    await using admin = this.#log.admin();
    const [description] = await admin.describeTopics([this.#topic]);
    const partitions = description!.partitions.map(({ partition }) => ({ topic: this.#topic, partition }));
    // The very end: what counts may stand behind a transaction of somebody else that is still open.
    const ends = await admin.listOffsets(partitions, 'end');
    const behind = ends.filter(end => end !== undefined && (this.#positions.get(end.partition) ?? 0) < end.offset);
    if (behind.length === 0) return;
    const committed = { isolationLevel: 'read_committed', autoOffsetReset: 'earliest' } as const;
    await using consumer = this.#log.consumer({ key: bytes, value: string, ...committed });
    consumer.assign(behind.map(end => ({ topic: this.#topic, partition: end!.partition })));
    for (const end of behind) consumer.seek(end!, this.#positions.get(end!.partition) ?? 'start');
    for (const end of behind) {
      while ((await consumer.position(end!)) < end!.offset) {
        for (const record of await consumer.poll({ waitMs: 500 })) this.#take(record.key, record.value);
      }
    }
    for (const end of behind) this.#positions.set(end!.partition, await consumer.position(end!));
  }
}
