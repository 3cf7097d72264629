// An app from its start to its end: wires the thread to its log, tells its state, and closes what it opened.

import { BehaviorSubject, Observable } from 'rxjs';
import {
  type Admin,
  type Consumer,
  durationMs,
  type Log,
  type Producer,
  sizeBytes,
  type Timer,
} from '../../core/index.js';
import type { TopologyPlan } from '../topology/plan.js';
import type { AppMetrics, Summary } from './app-metrics.js';
import type { AppOptions } from './app-options.js';
import type { AppState } from './app-state.js';
import { FailureHandling } from './failure-handling.js';
import { guardKeptState, readTopologyShape, writeTopologyShape } from './kept-state.js';
import { MetricsCollector } from './metrics-collector.js';
import { RepartitionPurge } from './repartition-purge.js';
import { openStateHome, type StateHome } from './state-home.js';
import type { KeyValueQueries, WindowQueries } from './store-queries.js';
import { StoreReader } from './store-reader.js';
import { StreamThread } from './stream-thread.js';
import type { StreamsApp } from './streams-app.js';
import { TaskCommit } from './task-commit.js';
import { TaskFactory } from './task-factory.js';
import { TaskIntake } from './task-intake.js';
import { LeastTimeFirst, RoundRobin } from './task-scheduler.js';
import { TopicLayout } from './topic-layout.js';
import { TopicOutput } from './topic-output.js';
import { existingTopics, provisionTopics } from './topic-provision.js';

interface RunningAppParts {
  readonly plan: TopologyPlan;
  readonly applicationId: string;
  readonly log: Log;
  readonly ownsLog: boolean;
  readonly options: AppOptions;
}

export class RunningApp implements StreamsApp {
  readonly applicationId: string;
  readonly state$: BehaviorSubject<AppState>;
  readonly metrics$: Observable<AppMetrics>;
  readonly closed: Promise<void>;
  failure: Error | undefined;
  readonly #parts: RunningAppParts;
  readonly #metrics: MetricsCollector;
  readonly #stores: StoreReader;
  readonly #admin: Admin;
  readonly #producer: Producer;
  readonly #consumer: Consumer;
  #home: StateHome | undefined;
  #thread: StreamThread | undefined;
  #summary: Summary | undefined;
  #setClosed: () => void = () => {};

  constructor(parts: RunningAppParts) {
    this.#parts = parts;
    this.applicationId = parts.applicationId;
    this.state$ = new BehaviorSubject<AppState>({ kind: 'starting' });
    this.closed = new Promise(resolve => {
      this.#setClosed = resolve;
    });
    this.#metrics = new MetricsCollector(parts.log.ports.clock);
    this.metrics$ = this.#sampled(durationMs(parts.options.metricsInterval ?? '1s'));
    this.#stores = new StoreReader(parts.plan, () => this.#thread?.tasks ?? []);
    this.#admin = parts.log.admin();
    this.#producer = parts.log.producer({ clientId: `${parts.applicationId}-producer` });
    this.#consumer = parts.log.consumer({
      groupId: parts.applicationId,
      clientId: `${parts.applicationId}-consumer`,
      autoOffsetReset: 'earliest',
      autoCommit: false,
    });
  }

  get state(): AppState {
    return this.state$.value;
  }

  /** Resolves when the app runs; it then goes on by itself. */
  async start(): Promise<void> {
    try {
      this.#thread = await this.#prepare();
      this.state$.next({ kind: 'rebalancing' });
      await this.#thread.start();
    } catch (error) {
      await this.#stop(error);
      throw error;
    }
    void this.#thread.run().then(
      () => this.#stop(),
      error => this.#stop(error),
    );
  }

  metrics(): AppMetrics {
    return this.#snapshot();
  }

  keyValueStore<K, V>(name: string): KeyValueQueries<K, V> {
    return this.#stores.keyValue(name);
  }

  windowStore<K, V>(name: string): WindowQueries<K, V> {
    return this.#stores.window(name);
  }

  async finish(): Promise<Summary> {
    if (this.#isEnded()) {
      if (this.failure !== undefined) throw this.failure;
    } else {
      this.state$.next({ kind: 'finishing' });
      this.#thread?.end('finish');
    }
    await this.closed;
    if (this.failure !== undefined) throw this.failure;
    return this.#summary!;
  }

  async close(): Promise<void> {
    if (!this.#isEnded()) {
      this.state$.next({ kind: 'closing' });
      this.#thread?.end('commit');
    }
    await this.closed;
  }

  /** Stops without committing anything, as a crash would, though in order. For tests. */
  async abandon(): Promise<void> {
    this.#thread?.end('abandon');
    await this.closed;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #isEnded(): boolean {
    return this.state.kind === 'closed' || this.state.kind === 'error';
  }

  async #prepare(): Promise<StreamThread> {
    const { plan, applicationId, log, options } = this.#parts;
    this.#home = await openStateHome(log, plan, applicationId, options.stateDirectory);
    const layout = await this.#layOut(this.#home);
    const failures = new FailureHandling({
      metrics: this.#metrics,
      onFailure: options.onFailure,
      deadLetterTopic: options.deadLetterTopic,
    });
    await failures.open(this.#producer);
    const output = new TopicOutput(this.#producer, this.#metrics);
    const sinks = plan.nodes.filter(node => node.kind === 'sink');
    await output.open(sinks.map(sink => ({ sink, topic: layout.realName(sink.topic) })));
    return this.#createThread(layout, output, failures);
  }

  async #layOut(home: StateHome): Promise<TopicLayout> {
    const { plan, applicationId, log, options } = this.#parts;
    const existing = await existingTopics(this.#admin);
    const layout = new TopicLayout(plan, applicationId, existing);
    await guardKeptState({
      admin: this.#admin,
      consumer: this.#consumer,
      layout,
      existing,
      forgetStores: options.forgetStores ?? [],
      before: readTopologyShape(log.ports.disk, home.directory),
    });
    await provisionTopics(this.#admin, layout, options.deadLetterTopic);
    writeTopologyShape(log.ports.disk, home.directory, layout);
    return layout;
  }

  #createThread(layout: TopicLayout, output: TopicOutput, failures: FailureHandling): StreamThread {
    const { plan, log, options } = this.#parts;
    const { ports } = log;
    const shared = { ports, producer: this.#producer, consumer: this.#consumer, output };
    const surroundings = { plan, clock: ports.clock, output, failures, metrics: this.#metrics };
    const database = this.#home!.database;
    return new StreamThread({
      ...shared,
      layout,
      failures,
      factory: new TaskFactory({
        log,
        layout,
        database,
        surroundings: { ...surroundings, isStrict: options.isStrict ?? false },
        startFrom: options.startFrom ?? 'earliest',
        cacheEntriesMax: options.cacheEntriesMax,
        onRestoring: (restoredRecords, totalRecords) =>
          this.state$.next({ kind: 'restoring', restoredRecords, totalRecords }),
      }),
      commit: new TaskCommit({ ...shared, database, metrics: this.#metrics }),
      purge: new RepartitionPurge(this.#admin, ports.clock),
      scheduler: options.scheduling === 'round-robin' ? new RoundRobin() : new LeastTimeFirst(),
      commitIntervalMs: durationMs(options.commitInterval ?? '1s'),
      dirtyEntriesMax: options.dirtyEntriesMax ?? 200_000,
      intake: new TaskIntake(this.#consumer, sizeBytes(options.bufferMax ?? '4MiB')),
      onAssigned: isAssigned => this.#showAssigned(isAssigned),
    });
  }

  #showAssigned(isAssigned: boolean): void {
    if (this.#isEnded() || this.state.kind === 'finishing' || this.state.kind === 'closing') return;
    this.state$.next({ kind: isAssigned ? 'running' : 'rebalancing' });
  }

  /** Closes everything, whatever fails on the way; the first failure is the one that is told. */
  async #stop(error?: unknown): Promise<void> {
    if (error !== undefined) this.failure = error instanceof Error ? error : new Error(String(error));
    this.#summary = { ...this.#snapshot(), applicationId: this.applicationId };
    this.#thread?.end('abandon');
    const closing = [
      () => this.#consumer.close(),
      () => this.#producer.close(),
      () => this.#admin.close(),
      () => this.#home?.close(),
      () => (this.#parts.ownsLog ? this.#parts.log.close() : undefined),
    ];
    for (const close of closing) {
      try {
        await close();
      } catch (closeError) {
        this.failure ??= closeError as Error;
      }
    }
    this.state$.next(this.failure === undefined ? { kind: 'closed' } : { kind: 'error', error: this.failure });
    this.state$.complete();
    this.#setClosed();
  }

  #snapshot(previous?: AppMetrics): AppMetrics {
    const tasks = this.#thread?.tasks ?? [];
    const queues = tasks.flatMap(task => task.queues).filter(queue => !queue.source.isInternal);
    const lag = queues.reduce((sum, queue) => sum + Math.max(0, queue.highWatermark - queue.position), 0);
    return this.#metrics.snapshot(
      { lag, dirtyEntries: this.#thread?.dirtyEntries ?? 0, tasks: tasks.length },
      previous,
    );
  }

  #sampled(intervalMs: number): Observable<AppMetrics> {
    const { clock } = this.#parts.log.ports;
    return new Observable(subscriber => {
      let previous: AppMetrics | undefined;
      let timer: Timer | undefined;
      const sample = () => {
        previous = this.#snapshot(previous);
        subscriber.next(previous);
        timer = clock.setTimer(intervalMs, sample, { isBackground: true });
      };
      sample();
      const ended = this.state$.subscribe({ complete: () => subscriber.complete() });
      return () => {
        timer?.cancel();
        ended.unsubscribe();
      };
    });
  }
}
