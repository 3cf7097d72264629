// What tasks of other instances tell of the end of their input, read from the offsets that the group has committed.

import type { Clock, Consumer, TopicPartition } from '../../core/index.js';
import type { SubTopologyPlan } from '../topology/plan.js';
import { decodeCommitMetadata } from './commit-metadata.js';
import { OffsetBounds } from './offset-bounds.js';
import type { TopicLayout } from './topic-layout.js';

interface Source extends TopicPartition {
  readonly isInternal: boolean;
}

const askIntervalMs = 50;

export const inputEndCell = 'task/input-end';

export class RemoteEnds {
  readonly #layout: TopicLayout;
  readonly #consumer: Consumer;
  readonly #clock: Clock;
  #ends: OffsetBounds | undefined;
  readonly #askedAt = new Map<number, number>();

  constructor(layout: TopicLayout, consumer: Consumer, clock: Clock) {
    this.#layout = layout;
    this.#consumer = consumer;
    this.#clock = clock;
  }

  /** External topics are complete as they are now; asked once, whatever instance has their tasks by and by. */
  async begin(): Promise<void> {
    const { subTopologies } = this.#layout.plan;
    const external = subTopologies.flatMap(each => this.#sources(each, [])).filter(({ isInternal }) => !isInternal);
    this.#ends ??= await OffsetBounds.of(this.#consumer, external);
  }

  /**
   * The sum of the cells of a sub-topology's tasks but for those of `own` partitions; undefined while one of them has not finished. `before` is
   * what the cell of each must have, its own external topics apart.
   */
  async totalOf(subTopology: SubTopologyPlan, own: readonly number[], before: number): Promise<number | undefined> {
    const sources = this.#sources(subTopology, own);
    if (sources.length === 0) return 0;
    const now = this.#clock.monotonic();
    if (now - (this.#askedAt.get(subTopology.id) ?? Number.NEGATIVE_INFINITY) < askIntervalMs) return undefined;
    this.#askedAt.set(subTopology.id, now);
    const committed = await this.#consumer.committed(sources);
    const cells = new Map<number, number>();
    const external = new Map<number, number>();
    for (const [index, source] of sources.entries()) {
      const { offset = 0, metadata = '' } = committed[index] ?? {};
      const cell = decodeCommitMetadata(metadata)?.cells.get(inputEndCell);
      if (cell !== undefined) cells.set(source.partition, cell);
      if (source.isInternal) continue;
      if (offset < this.#ends!.end(source)) return undefined;
      external.set(source.partition, (external.get(source.partition) ?? 0) + offset);
    }
    let total = 0;
    for (const partition of new Set(sources.map(source => source.partition))) {
      if (cells.get(partition) !== before + (external.get(partition) ?? 0)) return undefined;
      total += cells.get(partition)!;
    }
    return total;
  }

  #sources(subTopology: SubTopologyPlan, without: readonly number[]): Source[] {
    const { plan } = this.#layout;
    return subTopology.sourceTopics.flatMap(topic => {
      const isInternal = plan.repartitionTopics.some(({ name }) => name === topic);
      return Array.from({ length: this.#layout.partitionCount(topic) }, (_, partition) => partition)
        .filter(partition => !without.includes(partition))
        .map(partition => ({ topic: this.#layout.realName(topic), partition, isInternal }));
    });
  }
}
