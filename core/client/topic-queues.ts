import type { PartitionQueue } from './partition-queue.js';

/** What all writers of one producer for one topic share: a queue for each partition. Partitions may be added while it is in use. */
export class TopicQueues {
  readonly topic: string;
  readonly queues: PartitionQueue[] = [];
  /** The partition that records without a key go to at present. */
  sticky = 0;
  readonly #makeQueue: (partition: number) => PartitionQueue;

  constructor(topic: string, makeQueue: (partition: number) => PartitionQueue) {
    this.topic = topic;
    this.#makeQueue = makeQueue;
  }

  /** A topic never loses partitions: one that has fewer now was deleted, and what was written to the others will be refused. */
  grow(partitionCount: number): void {
    for (let partition = this.queues.length; partition < partitionCount; partition++) {
      this.queues.push(this.#makeQueue(partition));
    }
  }
}
