// Learns who leads the partitions of topics, once at a time for each topic, for a dispatcher that goes on meanwhile.

import type { ClusterView } from './cluster-view.js';
import { isTransient } from './refusal.js';

export interface LookupOutcome {
  /** What is known is news, or as good as it gets. */
  onFound(): void;
  /** The topic does not exist, or may not be used. */
  onLost(topic: string, error: unknown): void;
}

export class LeaderLookup {
  readonly #cluster: ClusterView;
  readonly #outcome: LookupOutcome;
  readonly #underWay = new Set<string>();

  constructor(cluster: ClusterView, outcome: LookupOutcome) {
    this.#cluster = cluster;
    this.#outcome = outcome;
  }

  refresh(topic: string): void {
    if (this.#underWay.has(topic)) return;
    this.#underWay.add(topic);
    this.#cluster.refresh([topic]).then(
      () => this.#done(topic, undefined),
      error => this.#done(topic, error),
    );
  }

  /** Partitions may have been added, and no broker says so. */
  refreshWhenOld(topic: string, ageMaxMs: number, nowMs: number): void {
    const view = this.#cluster.find(topic);
    if (view !== undefined && nowMs - view.learntAtMs > ageMaxMs) this.refresh(topic);
  }

  #done(topic: string, error: unknown): void {
    this.#underWay.delete(topic);
    // Brokers that cannot be reached now may be there again in time: what waits has a time limit of its own.
    if (error === undefined || isTransient(error)) this.#outcome.onFound();
    else this.#outcome.onLost(topic, error);
  }
}
