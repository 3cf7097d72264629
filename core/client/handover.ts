// Partitions change hands: in which order the application is told, offsets are committed, and the assignment follows. Every step is
// awaited before the group goes on, so a listener can commit what it has before somebody else begins there.

import type { Assignment } from './assignment.js';
import type { ClusterView } from './cluster-view.js';
import type { RebalanceListener } from './consumer-options.js';
import { isTransient } from './refusal.js';
import type { TopicPartition } from './topic.js';

export interface HandoverWay {
  readonly cluster: ClusterView;
  readonly assignment: Assignment;
  /** Partitions are about to be given away: the last moment to commit. */
  readonly revoking: () => Promise<void>;
  /** What is being fetched belongs to an assignment of before. */
  readonly reassigned: () => void;
  /** The consumer is closed: nothing more is waited for. */
  readonly closing: AbortSignal;
}

export class Handover {
  listener: RebalanceListener = {};
  readonly #way: HandoverWay;

  constructor(way: HandoverWay) {
    this.#way = way;
  }

  get owned(): readonly TopicPartition[] {
    return this.#way.assignment.partitions;
  }

  /** `isLost`: others may have them already, so nothing is committed. */
  async giveUp(partitions: readonly TopicPartition[], isLost: boolean): Promise<void> {
    if (partitions.length === 0) return;
    const { assignment, revoking, reassigned } = this.#way;
    if (!isLost) await revoking();
    if (isLost && this.listener.onLost !== undefined) await this.listener.onLost(partitions);
    else await this.listener.onRevoked?.(partitions);
    assignment.replace(without(assignment.partitions, partitions), 'committed');
    reassigned();
  }

  /** Besides what is owned. The listener is told of each assignment, also of one that brings nothing new. */
  async add(partitions: readonly TopicPartition[]): Promise<void> {
    const { assignment, reassigned } = this.#way;
    const added = without(partitions, assignment.partitions);
    for (const topic of new Set(added.map(({ topic: name }) => name))) await this.#require(topic);
    if (added.length > 0) {
      assignment.replace([...assignment.partitions, ...added], 'committed');
      reassigned();
    }
    await this.listener.onAssigned?.(added);
  }

  /** One that does not exist is told. What no broker can tell now is asked again when it is read. */
  async #require(topic: string): Promise<void> {
    const { cluster, closing: signal } = this.#way;
    await cluster.require(topic, { signal, timeoutMs: 0 }).catch(error => {
      if (!isTransient(error)) throw error;
    });
  }
}

/** Those of `all` that are not among `some`. */
export function without(all: readonly TopicPartition[], some: readonly TopicPartition[]): readonly TopicPartition[] {
  const names = new Set(some.map(({ topic, partition }) => `${topic}-${partition}`));
  return all.filter(({ topic, partition }) => !names.has(`${topic}-${partition}`));
}
