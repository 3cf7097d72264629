// An app from its start to its end: wires the thread to its log, tells its state, and closes what it opened.

import { BehaviorSubject, Observable } from 'rxjs';
import { type Admin, type Consumer, durationMs, type Log, type Timer } from '../../core/index.js';
import type { TopologyPlan } from '../topology/plan.js';
import type { AppMetrics, Summary } from './app-metrics.js';
import type { AppOptions } from './app-options.js';
import type { AppState } from './app-state.js';
import { AppWarnings } from './app-warnings.js';
import { assembleThread } from './assemble-thread.js';
import { assignmentUnits } from './assignment-units.js';
import { AtLeastOnce } from './at-least-once.js';
import type { Delivery } from './delivery.js';
import { ExactlyOnce, type ExactlyOnceOptions } from './exactly-once.js';
import { guardKeptState, readTopologyShape, writeTopologyShape } from './kept-state.js';
import { MetricsCollector } from './metrics-collector.js';
import { openStateHome, type StateHome } from './state-home.js';
import type { KeyValueQueries, WindowQueries } from './store-queries.js';
import { StoreReader } from './store-reader.js';
import type { StreamThread } from './stream-thread.js';
import type { StreamsApp } from './streams-app.js';
import { TaskAssignor } from './task-assignor.js';
import type { TaskCommit, TaskCommitOptions } from './task-commit.js';
import { TopicLayout } from './topic-layout.js';
import { existingTopics, provisionTopics } from './topic-provision.js';

interface RunningAppParts {
  readonly plan: TopologyPlan;
  readonly applicationId: string;
  readonly log: Log;
  readonly ownsLog: boolean;
  readonly options: AppOptions;
  readonly plants?: Plants;
}

/** Where tests plant bugs. */
export interface Plants {
  readonly createCommit?: (options: TaskCommitOptions) => TaskCommit;
  readonly createExactlyOnce?: (log: Log, consumer: Consumer, options: ExactlyOnceOptions) => Delivery;
}

const heartbeatIntervalMaxMs = 3_000;

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
  readonly #consumer: Consumer;
  readonly #lookup: Consumer;
  readonly #isExactlyOnce: boolean;
  readonly #assignor: TaskAssignor;
  #layout: TopicLayout | undefined;
  #delivery: Delivery | undefined;
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
    this.#isExactlyOnce = (parts.options.processingGuarantee ?? 'at_least_once') !== 'at_least_once';
    this.#assignor = new TaskAssignor(counts => this.#units(counts));
    this.#consumer = parts.log.consumer(this.#consumerOptions());
    this.#lookup = this.#isExactlyOnce
      ? parts.log.consumer({ clientId: `${parts.applicationId}-lookup`, ...this.#patience() })
      : this.#consumer;
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

  #consumerOptions() {
    const { applicationId, options } = this.#parts;
    const sessionTimeoutMs = durationMs(options.sessionTimeout ?? '45s');
    return {
      groupId: applicationId,
      clientId: `${applicationId}-consumer`,
      autoOffsetReset: 'earliest',
      autoCommit: false,
      assignors: [this.#assignor],
      isolationLevel: this.#isExactlyOnce ? 'read_committed' : 'read_uncommitted',
      sessionTimeoutMs,
      heartbeatIntervalMs: Math.min(heartbeatIntervalMaxMs, Math.ceil(sessionTimeoutMs / 3)),
      ...this.#patience(),
    } as const;
  }

  #patience() {
    const { defaultApiTimeout = '1m', onWarning } = this.#parts.options;
    return { defaultApiTimeoutMs: durationMs(defaultApiTimeout), ...(onWarning !== undefined && { onWarning }) };
  }

  #units(partitionCounts: ReadonlyMap<string, number>) {
    const { plan, options } = this.#parts;
    const layout = this.#layout!;
    return assignmentUnits(plan, options.sharing ?? 'spread', topic => layout.realName(topic), partitionCounts);
  }

  async #prepare(): Promise<StreamThread> {
    const { plan, applicationId, log, options, plants } = this.#parts;
    this.#home = await openStateHome(log, plan, applicationId, options.stateDirectory);
    this.#layout = await this.#layOut(this.#home);
    this.#delivery = this.#createDelivery(this.#home.instanceId);
    return await assembleThread({
      log,
      options,
      layout: this.#layout,
      home: this.#home,
      metrics: this.#metrics,
      warnings: new AppWarnings(applicationId, options.onWarning ?? log.ports.tell),
      admin: this.#admin,
      consumer: this.#consumer,
      lookup: this.#lookup,
      assignor: this.#assignor,
      delivery: this.#delivery,
      onRestoring: (restoredRecords, totalRecords) => this.#showRestoring(restoredRecords, totalRecords),
      onAssigned: isAssigned => this.#showAssigned(isAssigned),
      createCommit: plants?.createCommit,
    });
  }

  #createDelivery(instanceId: string): Delivery {
    const { applicationId, log, options, plants } = this.#parts;
    const clientId = `${applicationId}-producer`;
    const deliveryTimeoutMs = durationMs(options.deliveryTimeout ?? '2m');
    if (!this.#isExactlyOnce) return new AtLeastOnce(log, this.#consumer, { clientId, deliveryTimeoutMs });
    const transactionTimeoutMs = durationMs(options.transactionTimeout ?? '10s');
    const transactionalId = `${applicationId}-${instanceId}-1`;
    const create = plants?.createExactlyOnce ?? ((...of) => new ExactlyOnce(...of));
    const maxBlockMs = durationMs(options.defaultApiTimeout ?? '1m');
    const limits = { transactionTimeoutMs, deliveryTimeoutMs, maxBlockMs };
    return create(log, this.#consumer, { clientId, transactionalId, ...limits });
  }

  async #layOut(home: StateHome): Promise<TopicLayout> {
    const { plan, applicationId, log, options } = this.#parts;
    const existing = await existingTopics(this.#admin);
    const layout = new TopicLayout(plan, applicationId, existing);
    await guardKeptState({
      admin: this.#admin,
      lookup: this.#lookup,
      consumer: this.#consumer,
      layout,
      existing,
      forgetStores: options.forgetStores ?? [],
      before: readTopologyShape(log.ports.disk, home.directory),
    });
    await provisionTopics(this.#admin, log.ports.clock, layout, options.deadLetterTopic);
    writeTopologyShape(log.ports.disk, home.directory, layout);
    return layout;
  }

  #showRestoring(restoredRecords: number, totalRecords: number): void {
    if (this.state.kind === 'finishing' || this.state.kind === 'closing') return;
    this.state$.next({ kind: 'restoring', restoredRecords, totalRecords });
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
      () => (this.#lookup === this.#consumer ? undefined : this.#lookup.close()),
      () => this.#delivery?.close(),
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
