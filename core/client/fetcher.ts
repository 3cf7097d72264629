// Fetches for the partitions of one consumer: one request at a time to each leader, on connections that serve nothing else, since
// a fetch that finds nothing is held by the broker. A partition is fetched again only when all that was fetched of it
// has been handed out: so at most one fetch runs ahead of the application, and memory is bounded by it.

import type { Ports } from '../ports/ports.js';
import { fetch } from '../protocol/01-fetch.js';
import type { RequestOf, ResponseOf } from '../protocol/api.js';
import type { ClusterView } from './cluster-view.js';
import type { IsolationLevel } from './consumer-options.js';
import { type FetchedPartition, fetchFault, wholeBatches } from './fetch-answer.js';
import type { FetchBuffer } from './fetch-buffer.js';
import { groupBy } from './group-by.js';
import type { NodeConnections } from './node-connections.js';
import type { PartitionState } from './partition-state.js';
import { isTransient, refusal } from './refusal.js';
import { backoffMs } from './retry.js';

export interface FetchSettings {
  readonly fetchMinBytes: number;
  readonly fetchMaxBytes: number;
  readonly maxPartitionFetchBytes: number;
  readonly fetchMaxWaitMs: number;
  readonly isolationLevel: IsolationLevel;
}

interface Asked {
  readonly state: PartitionState;
  readonly version: number;
}

interface Lane {
  isBusy: boolean;
  controller: AbortController;
  retryAtMs: number;
  attempts: number;
  /** Which partition comes first in the next request: the broker fills the answer in that order. */
  turn: number;
}

export class Fetcher<K, V> {
  readonly #ports: Ports;
  readonly #settings: FetchSettings;
  readonly #nodes: NodeConnections;
  readonly #cluster: ClusterView;
  readonly #buffer: FetchBuffer<K, V>;
  readonly #wake: () => void;
  readonly #outOfRange: (state: PartitionState, offset: number) => void;
  readonly #lanes = new Map<number, Lane>();
  readonly #refreshing = new Set<string>();
  #failure: { readonly error: unknown } | undefined;

  constructor(
    ports: Ports,
    settings: FetchSettings,
    way: {
      nodes: NodeConnections;
      cluster: ClusterView;
      buffer: FetchBuffer<K, V>;
      /** Something has changed that a poll waits for. */
      wake: () => void;
      outOfRange: (state: PartitionState, offset: number) => void;
    },
  ) {
    this.#ports = ports;
    this.#settings = settings;
    this.#nodes = way.nodes;
    this.#cluster = way.cluster;
    this.#buffer = way.buffer;
    this.#wake = way.wake;
    this.#outOfRange = way.outOfRange;
  }

  /** The next poll rejects with the first of these. */
  fail(error: unknown): void {
    this.#failure ??= { error };
    this.#wake();
  }

  throwFailure(): void {
    const failure = this.#failure;
    this.#failure = undefined;
    if (failure !== undefined) throw failure.error;
  }

  /** Asks every leader that is not asked already. */
  start(states: readonly PartitionState[]): void {
    const nowMs = this.#ports.clock.monotonic();
    const byLeader = new Map<number, PartitionState[]>();
    const hasMore = states.some(state => state.bufferedCount > 0 && !state.isPaused);
    for (const state of states) {
      if (!state.isFetchable || state.retryAtMs > nowMs) continue;
      const leader = this.#cluster.leaderOf(state.topic, state.partition);
      if (leader < 0) {
        this.#later(state);
        this.#refresh(state.topic);
      } else if (this.#lane(leader).isBusy || this.#lane(leader).retryAtMs > nowMs) continue;
      else if (byLeader.has(leader)) byLeader.get(leader)!.push(state);
      else byLeader.set(leader, [state]);
    }
    for (const [leader, wanted] of byLeader) this.#send(leader, this.#lane(leader), wanted, hasMore);
  }

  /** Gives up fetches that are held for partitions or offsets of before. */
  abort(): void {
    for (const lane of this.#lanes.values()) {
      if (!lane.isBusy) continue;
      lane.controller.abort(new Error('no longer wanted'));
      lane.controller = new AbortController();
    }
  }

  #lane(leader: number): Lane {
    let lane = this.#lanes.get(leader);
    if (lane === undefined) {
      lane = { isBusy: false, controller: new AbortController(), retryAtMs: 0, attempts: 0, turn: 0 };
      this.#lanes.set(leader, lane);
    }
    return lane;
  }

  #send(leader: number, lane: Lane, wanted: readonly PartitionState[], hasMore: boolean): void {
    const first = lane.turn++ % wanted.length;
    const states = first === 0 ? wanted : [...wanted.slice(first), ...wanted.slice(0, first)];
    const asked: Asked[] = states.map(state => ({ state, version: state.version }));
    const { signal } = lane.controller;
    lane.isBusy = true;
    void this.#nodes
      .send(leader, fetch, this.#request(states, hasMore), { signal })
      .then(
        answer => this.#answered(asked, answer, lane),
        error => {
          if (!signal.aborted) this.#failed(lane, asked, error);
        },
      )
      .catch(error => this.fail(error))
      .then(() => {
        lane.isBusy = false;
        this.#wake();
      });
  }

  /** A fetch is not held at the broker while other partitions are being handed out: they could not be asked for meanwhile. */
  #request(states: readonly PartitionState[], hasMore: boolean): RequestOf<typeof fetch> {
    const topics = groupBy(states, state => state.topic);
    const { fetchMinBytes, fetchMaxBytes, maxPartitionFetchBytes, fetchMaxWaitMs } = this.#settings;
    return fetch.request({
      maxWaitMs: hasMore ? 0 : fetchMaxWaitMs,
      minBytes: fetchMinBytes,
      maxBytes: fetchMaxBytes,
      topics: [...topics].map(([topic, group]) => ({
        topic,
        topicId: this.#cluster.find(topic)!.topicId,
        partitions: group.map(({ partition, fetchOffset }) => ({
          partition,
          fetchOffset,
          partitionMaxBytes: maxPartitionFetchBytes,
        })),
      })),
    });
  }

  #answered(asked: readonly Asked[], answer: ResponseOf<typeof fetch>, lane: Lane): void {
    if (answer.errorCode !== 0) {
      this.#failed(lane, asked, refusal(answer.errorCode, 'fetching'));
      return;
    }
    lane.attempts = 0;
    const byName = new Map(asked.map(one => [`${one.state.topic}-${one.state.partition}`, one]));
    for (const { topic, topicId, partitions } of answer.responses) {
      const name = topic || this.#cluster.nameOf(topicId);
      for (const partition of partitions) {
        const found = byName.get(`${name}-${partition.partitionIndex}`);
        if (found !== undefined && found.version === found.state.version) this.#fetched(found.state, partition);
      }
    }
  }

  #fetched(state: PartitionState, answer: FetchedPartition): void {
    const { topic, partition, fetchOffset } = state;
    const fault = fetchFault(answer.errorCode);
    if (fault === undefined) {
      state.attempts = 0;
      state.highWatermark = answer.highWatermark;
      const { batches, nextOffset } = wholeBatches(answer.records, fetchOffset);
      if (batches.length === 0) return;
      state.fetchOffset = nextOffset;
      const { highWatermark } = answer;
      this.#buffer.add(state, { topic, partition, fromOffset: fetchOffset, nextOffset, batches, highWatermark });
    } else if (fault === 'out-of-range') this.#outOfRange(state, fetchOffset);
    else if (fault === 'fatal') {
      this.fail(refusal(answer.errorCode, `reading ${topic}-${partition} at offset ${fetchOffset}`));
    } else {
      this.#later(state);
      if (fault === 'stale-metadata') this.#refresh(topic);
    }
  }

  #failed(lane: Lane, asked: readonly Asked[], error: unknown): void {
    if (!isTransient(error)) throw error;
    const delayMs = backoffMs(lane.attempts++, this.#ports);
    lane.retryAtMs = this.#ports.clock.monotonic() + delayMs;
    this.#ports.clock.setTimer(delayMs + 1, this.#wake);
    for (const topic of new Set(asked.map(({ state }) => state.topic))) this.#refresh(topic);
  }

  #later(state: PartitionState): void {
    const delayMs = backoffMs(state.attempts++, this.#ports);
    state.retryAtMs = this.#ports.clock.monotonic() + delayMs;
    this.#ports.clock.setTimer(delayMs + 1, this.#wake);
  }

  #refresh(topic: string): void {
    if (this.#refreshing.has(topic)) return;
    this.#refreshing.add(topic);
    void this.#cluster
      .refresh([topic])
      .catch(error => this.fail(error))
      .then(() => {
        this.#refreshing.delete(topic);
        this.#wake();
      });
  }
}
