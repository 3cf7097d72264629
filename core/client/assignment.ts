// The partitions that a consumer has, and where it stands in each.

import { UsageError } from '../base/errors.js';
import { didYouMean } from '../base/nearest-word.js';
import { PartitionState, type PositionSource } from './partition-state.js';
import type { TopicPartition } from './topic.js';

export class Assignment {
  readonly #states = new Map<string, PartitionState>();

  get partitions(): readonly TopicPartition[] {
    return [...this.#states.values()].map(({ topic, partition }) => ({ topic, partition }));
  }

  states(): Iterable<PartitionState> {
    return this.#states.values();
  }

  /** Keeps the state of partitions that stay. */
  replace(partitions: readonly TopicPartition[], source: PositionSource): void {
    const kept = new Map(this.#states);
    this.#states.clear();
    for (const { topic, partition } of partitions) {
      const key = keyOf(topic, partition);
      this.#states.set(key, kept.get(key) ?? new PartitionState(topic, partition, source));
      kept.delete(key);
    }
    for (const gone of kept.values()) gone.lookUp(source); // what was fetched of it is stale
  }

  find({ topic, partition }: TopicPartition): PartitionState | undefined {
    return this.#states.get(keyOf(topic, partition));
  }

  require(wanted: TopicPartition): PartitionState {
    const state = this.find(wanted);
    if (state !== undefined) return state;
    const name = keyOf(wanted.topic, wanted.partition);
    const hint = didYouMean(name, this.#states.keys());
    throw new UsageError(`${name} is not assigned to this consumer${hint}; assign it, or poll until the group has`);
  }
}

function keyOf(topic: string, partition: number): string {
  return `${topic}-${partition}`;
}
