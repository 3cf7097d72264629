// Fetches for the partitions of one consumer: one request at a time to each leader, on connections that serve nothing else, since
// a fetch that finds nothing is held by the broker. A partition is fetched again only when all that was fetched of it
// has been handed out: so at most one fetch runs ahead of the application, and memory is bounded by it.

import { ProtocolError } from '../base/errors.js';
import { kafkaErrorName } from '../base/kafka-errors.js';
import type { Ports } from '../ports/ports.js';
import { fetch } from '../protocol/01-fetch.js';
import type { RequestOf, ResponseOf } from '../protocol/api.js';
import { AbortedTransactions } from './aborted-transactions.js';
import type { BrokerTrouble } from './broker-trouble.js';
import type { ClusterView } from './cluster-view.js';
import type { IsolationLevel } from './consumer-options.js';
import { type FetchedPartition, fetchFault } from './fetch-answer.js';
import type { FetchBuffer } from './fetch-buffer.js';
import { FetchSession } from './fetch-session.js';
import type { NodeConnections } from './node-connections.js';
import type { PartitionState } from './partition-state.js';
import { mustValidate, validatePositions } from './position-validation.js';
import { readableBatches } from './readable-batches.js';
import { isTransient, refusal } from './refusal.js';
import { backoffMs } from './retry.js';

export interface FetchSettings {
  readonly fetchMinBytes: number;
  readonly fetchMaxBytes: number;
  readonly maxPartitionFetchBytes: number;
  readonly fetchMaxWaitMs: number;
  readonly isolationLevel: IsolationLevel;
  readonly checkCrcs: boolean;
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
  readonly session: FetchSession;
}

/** A position that must be checked before the next fetch. */
interface Doubt {
  readonly state: PartitionState;
  readonly leaderEpoch: number;
}

export interface FetchWay<K, V> {
  readonly nodes: NodeConnections;
  /** For requests that are answered at once. */
  readonly lookupNodes: NodeConnections;
  readonly cluster: ClusterView;
  readonly buffer: FetchBuffer<K, V>;
  readonly trouble: BrokerTrouble;
  /** Something has changed that a poll waits for. */
  readonly wake: () => void;
  /** The log does not hold the offset. */
  readonly outOfRange: (state: PartitionState, offset: number) => void;
  /** The log was cut before the position, and holds other records from `divergesAt` on. */
  readonly truncated: (state: PartitionState, divergesAt: number | undefined) => void;
}

const isolationCodes: Readonly<Record<IsolationLevel, number>> = { read_uncommitted: 0, read_committed: 1 };

export class Fetcher<K, V> {
  readonly #ports: Ports;
  readonly #settings: FetchSettings;
  readonly #way: FetchWay<K, V>;
  readonly #lanes = new Map<number, Lane>();
  readonly #refreshing = new Set<string>();
  #failure: { readonly error: unknown } | undefined;
  #isClosed = false;

  constructor(ports: Ports, settings: FetchSettings, way: FetchWay<K, V>) {
    this.#ports = ports;
    this.#settings = settings;
    this.#way = way;
  }

  /** The next poll rejects with the first of these. */
  fail(error: unknown): void {
    this.#failure ??= { error };
    this.#way.wake();
  }

  /** What may pass is tried again by the polls to come. */
  failUnlessPassing(error: unknown): void {
    try {
      this.#way.trouble.passOver(error);
    } catch (lasting) {
      this.fail(lasting);
    }
  }

  throwFailure(): void {
    const failure = this.#failure;
    this.#failure = undefined;
    if (failure !== undefined) throw failure.error;
  }

  /** Asks every leader that is not asked already. */
  start(states: readonly PartitionState[]): void {
    if (this.#isClosed) return;
    const nowMs = this.#ports.clock.monotonic();
    const byLeader = new Map<number, PartitionState[]>();
    const doubts = new Map<number, Doubt[]>();
    const hasMore = states.some(state => state.bufferedCount > 0 && !state.isPaused);
    for (const state of states) {
      if (!state.isFetchable || state.retryAtMs > nowMs) continue;
      const view = this.#way.cluster.find(state.topic)?.partitions[state.partition];
      const leader = view?.leaderId ?? -1;
      if (leader < 0) this.#stale(state);
      else if (mustValidate(state, view!.leaderEpoch)) add(doubts, leader, { state, leaderEpoch: view!.leaderEpoch });
      else if (this.#lane(leader).isBusy || this.#lane(leader).retryAtMs > nowMs) continue;
      else add(byLeader, leader, state);
    }
    for (const [leader, doubted] of doubts) this.#validate(leader, doubted);
    for (const [leader, wanted] of byLeader) this.#send(leader, this.#lane(leader), wanted, hasMore);
  }

  /**
   * Gives up fetches that are held for partitions or offsets of before. Not those that went over a network: a broker looks at nothing else on their
   * connection before it has answered them, so that what is asked next would only queue up behind them.
   */
  abort(): void {
    if (this.#way.nodes.areInProcess) this.#giveUp();
  }

  close(): void {
    this.#isClosed = true;
    this.#giveUp();
  }

  #giveUp(): void {
    for (const lane of this.#lanes.values()) {
      if (!lane.isBusy) continue;
      lane.controller.abort(new Error('no longer wanted'));
      lane.session.restart();
      lane.controller = new AbortController();
    }
  }

  #lane(leader: number): Lane {
    let lane = this.#lanes.get(leader);
    if (lane === undefined) {
      lane = {
        isBusy: false,
        controller: new AbortController(),
        retryAtMs: 0,
        attempts: 0,
        turn: 0,
        session: new FetchSession(),
      };
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
    void this.#way.nodes
      .send(leader, fetch, this.#request(lane, states, hasMore), { signal })
      .then(
        answer => !signal.aborted && this.#answered(asked, answer, lane),
        error => {
          if (!signal.aborted) this.#failed(lane, asked, error);
        },
      )
      .catch(error => this.fail(error))
      .then(() => {
        lane.isBusy = false;
        this.#way.wake();
      });
  }

  /** A fetch is not held at the broker while other partitions are being handed out: they could not be asked for meanwhile. */
  #request(lane: Lane, states: readonly PartitionState[], hasMore: boolean): RequestOf<typeof fetch> {
    const { fetchMinBytes, fetchMaxBytes, maxPartitionFetchBytes, fetchMaxWaitMs, isolationLevel } = this.#settings;
    return fetch.request({
      maxWaitMs: hasMore ? 0 : fetchMaxWaitMs,
      minBytes: fetchMinBytes,
      maxBytes: fetchMaxBytes,
      isolationLevel: isolationCodes[isolationLevel],
      ...lane.session.next(states, topic => this.#way.cluster.find(topic)!.topicId, maxPartitionFetchBytes),
    });
  }

  #answered(asked: readonly Asked[], answer: ResponseOf<typeof fetch>, lane: Lane): void {
    if (answer.errorCode !== 0) {
      if (kafkaErrorName(answer.errorCode) === 'FETCH_SESSION_ID_NOT_FOUND') lane.session.forget();
      this.#failed(lane, asked, refusal(answer.errorCode, 'fetching'));
      return;
    }
    lane.session.answered(answer.sessionId);
    lane.attempts = 0;
    const byName = new Map(asked.map(one => [`${one.state.topic}-${one.state.partition}`, one]));
    for (const { topic, topicId, partitions } of answer.responses) {
      const name = topic || this.#way.cluster.nameOf(topicId);
      for (const partition of partitions) {
        const found = byName.get(`${name}-${partition.partitionIndex}`);
        if (found !== undefined && found.version === found.state.version) this.#fetched(found.state, partition);
      }
    }
  }

  #fetched(state: PartitionState, answer: FetchedPartition): void {
    const { topic, partition, fetchOffset } = state;
    const fault = fetchFault(answer.errorCode);
    if (fault === undefined) this.#take(state, answer);
    else if (fault === 'out-of-range') this.#way.outOfRange(state, fetchOffset);
    else if (fault === 'fatal') {
      this.fail(refusal(answer.errorCode, `reading ${topic}-${partition} at offset ${fetchOffset}`));
    } else if (fault === 'stale-metadata') this.#stale(state);
    else this.#later(state);
  }

  #take(state: PartitionState, answer: FetchedPartition): void {
    const { topic, partition, fetchOffset } = state;
    const isCommitted = this.#settings.isolationLevel === 'read_committed';
    const aborted = isCommitted ? new AbortedTransactions(answer.abortedTransactions ?? []) : undefined;
    const rules = { checkCrcs: this.#settings.checkCrcs, aborted };
    const { batches, nextOffset, leaderEpoch, isCorruptBehind } = readableBatches(answer.records, fetchOffset, rules);
    state.attempts = 0;
    state.highWatermark = isCommitted ? answer.lastStableOffset : answer.highWatermark;
    if (nextOffset > fetchOffset) {
      const { highWatermark } = state;
      const fetched = { topic, partition, fromOffset: fetchOffset, nextOffset, batches, highWatermark };
      this.#way.buffer.add(state, fetched, leaderEpoch);
      state.fetchOffset = nextOffset;
      state.fetchEpoch = leaderEpoch;
    } else if (isCorruptBehind) {
      const place = `the batch at offset ${fetchOffset} of ${topic}-${partition}`;
      const advice = 'poll again to fetch it anew; when that does not help, seek past it';
      const peer = this.#way.nodes.peer(this.#way.cluster.leaderOf(topic, partition));
      this.fail(new ProtocolError('CORRUPT_MESSAGE', `${place} came damaged from ${peer}: ${advice}`));
    }
  }

  #validate(leader: number, doubts: readonly Doubt[]): void {
    for (const { state } of doubts) state.isValidating = true;
    const way = {
      nodes: this.#way.lookupNodes,
      truncated: this.#way.truncated,
      stale: (state: PartitionState) => this.#stale(state),
    };
    void validatePositions(way, leader, doubts)
      .catch(error => {
        if (!isTransient(error)) throw error;
        for (const { state } of doubts) this.#stale(state);
      })
      .catch(error => this.fail(error))
      .then(() => {
        for (const { state } of doubts) state.isValidating = false;
        this.#way.wake();
      });
  }

  /** Who leads the partition must be asked before it is fetched again. */
  #stale(state: PartitionState): void {
    this.#later(state);
    this.#refresh(state.topic);
  }

  #failed(lane: Lane, asked: readonly Asked[], error: unknown): void {
    lane.session.restart();
    if (!isTransient(error)) throw error;
    const delayMs = backoffMs(lane.attempts++, this.#ports);
    lane.retryAtMs = this.#ports.clock.monotonic() + delayMs;
    this.#ports.clock.setTimer(delayMs + 1, this.#way.wake);
    for (const topic of new Set(asked.map(({ state }) => state.topic))) this.#refresh(topic);
  }

  #later(state: PartitionState): void {
    const delayMs = backoffMs(state.attempts++, this.#ports);
    state.retryAtMs = this.#ports.clock.monotonic() + delayMs;
    this.#ports.clock.setTimer(delayMs + 1, this.#way.wake);
  }

  #refresh(topic: string): void {
    if (this.#refreshing.has(topic)) return;
    this.#refreshing.add(topic);
    void this.#way.cluster
      .refresh([topic], this.#way.trouble.bout)
      .catch(error => this.failUnlessPassing(error))
      .then(() => {
        this.#refreshing.delete(topic);
        this.#way.wake();
      });
  }
}

function add<T>(groups: Map<number, T[]>, key: number, value: T): void {
  const group = groups.get(key);
  if (group === undefined) groups.set(key, [value]);
  else group.push(value);
}
