import type { TopicOffset } from '../api/record.js';
import type {
  ConnectorHandle,
  ConnectorProgress,
  ConnectorState,
  ConnectorStatus,
  ConnectorSummary,
  TaskStatus,
} from './connector-handle.js';
import type { ConnectorParts, PreparedConnector } from './connector-parts.js';
import type { PartitionLag } from './sink/partition-lag.js';
import { TaskSupervisor } from './task/task-supervisor.js';

interface RunningTask {
  readonly supervisor: TaskSupervisor;
  readonly abort: AbortController;
  /** Aborts when it has not ended in time: what it still does is nobody's state any more. */
  readonly leftBehind: AbortController;
}

export interface RunningOptions {
  /** Told of each task whose state is another. */
  changed?(task: TaskStatus): void;
  /** A task that has not ended so long after it was told to is left behind; without it, it is waited for. */
  readonly gracefulStopMs?: number | undefined;
  /** Work without progress for so long is a stall. */
  readonly stallAfterMs?: number | undefined;
}

/** The tasks of one connector, and what the outside may ask of them together. */
export class RunningConnector implements ConnectorHandle {
  readonly name: string;
  readonly done: Promise<ConnectorSummary>;
  readonly #parts: ConnectorParts;
  readonly #type: 'source' | 'sink';
  readonly #prepared: PreparedConnector;
  readonly #tasks: RunningTask[];
  readonly #startedAt: number;
  readonly #options: RunningOptions;
  #isStopping = false;

  constructor(
    parts: ConnectorParts,
    type: 'source' | 'sink',
    prepared: PreparedConnector,
    options: RunningOptions = {},
  ) {
    this.name = parts.name;
    this.#parts = parts;
    this.#type = type;
    this.#prepared = prepared;
    this.#options = options;
    this.#startedAt = parts.log.ports.clock.monotonic();
    this.#tasks = Array.from({ length: prepared.taskCount }, (_, id) => this.#start(id));
    this.done = Promise.all(this.#tasks.map(task => task.supervisor.done)).then(() => this.#summary());
    this.done.catch(() => undefined);
  }

  /** Resolves when all tasks run; after a failure of one, the others are stopped first. */
  async started(): Promise<void> {
    try {
      await Promise.all(this.#tasks.map(task => task.supervisor.started));
    } catch (error) {
      await this.stop();
      throw error;
    }
  }

  status(): ConnectorStatus {
    const tasks = this.#tasks.map(task => task.supervisor.status());
    return { name: this.name, type: this.#type, state: this.#state(), tasks };
  }

  /** How far a sink has read. */
  positions(): readonly TopicOffset[] {
    return this.#prepared.positions?.() ?? [];
  }

  /** How far a sink is behind, in the partitions that its running tasks have. */
  async lag(): Promise<readonly PartitionLag[]> {
    return (await this.#prepared.lag?.()) ?? [];
  }

  progress(): ConnectorProgress {
    return this.#parts.meter.snapshot();
  }

  metrics(): Readonly<Record<string, number>> {
    const shown = this.#parts.hidden ?? (name => name);
    return Object.fromEntries([...this.#parts.metrics].map(([name, value]) => [shown(name), value]));
  }

  pause(): void {
    this.#parts.gate.pause();
    this.#prepared.wake?.();
    this.#tellAll();
  }

  resume(): void {
    this.#parts.gate.resume();
    this.#prepared.wake?.();
    this.#tellAll();
  }

  async finish(): Promise<ConnectorSummary> {
    await this.#prepared.beginFinish();
    this.resume();
    return this.done;
  }

  /** Ends the task in good order, whatever state it is in, and starts it anew from what was committed. */
  async restartTask(id: number): Promise<void> {
    const task = this.#tasks[id]!;
    task.abort.abort();
    await this.#ended([task]);
    if (this.#isStopping) return;
    const next = this.#start(id);
    this.#tasks[id] = next;
    // The last that was told is that it stopped, and one that is paused tells nothing by itself.
    this.#options.changed?.(next.supervisor.status());
  }

  async stop(): Promise<void> {
    this.#isStopping = true;
    for (const { abort } of this.#tasks) abort.abort();
    await this.#ended(this.#tasks);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }

  #start(id: number): RunningTask {
    const { log, name, logger, gate } = this.#parts;
    const abort = new AbortController();
    const leftBehind = new AbortController();
    const supervisor = new TaskSupervisor({
      connector: name,
      id,
      ports: log.ports,
      logger,
      runtime: this.#prepared.runtime,
      signal: abort.signal,
      leftBehind: leftBehind.signal,
      isPaused: () => gate.isPaused,
      stallAfterMs: this.#options.stallAfterMs,
      changed: status => {
        if (!leftBehind.signal.aborted) this.#options.changed?.(status);
      },
      live: async life => {
        await gate.passed(life.signal);
        if (!life.signal.aborted) await this.#prepared.live(id, life);
      },
    });
    return { supervisor, abort, leftBehind };
  }

  #tellAll(): void {
    for (const { supervisor } of this.#tasks) this.#options.changed?.(supervisor.status());
  }

  async #ended(tasks: readonly RunningTask[]): Promise<void> {
    const { gracefulStopMs } = this.#options;
    const ended = Promise.allSettled(tasks.map(task => task.supervisor.done));
    if (gracefulStopMs === undefined) return void (await ended);
    const isOver = new AbortController();
    const { clock } = this.#parts.log.ports;
    const graceOver = clock.sleep(gracefulStopMs, isOver.signal).then(
      () => this.#leaveBehind(tasks),
      () => undefined,
    );
    await Promise.race([ended, graceOver]);
    isOver.abort();
  }

  #leaveBehind(tasks: readonly RunningTask[]): void {
    const running = tasks.filter(({ supervisor }) => !supervisor.hasEnded);
    for (const { leftBehind } of running) leftBehind.abort();
    if (running.length > 0) {
      const ids = running.map(({ supervisor }) => supervisor.status().id).join(', ');
      this.#parts.logger.warn(
        `connector ${this.name}: task ${ids} has not ended ${this.#options.gracefulStopMs} ms after it was told to, and is left behind`,
      );
    }
  }

  #state(): ConnectorState {
    const states = this.#tasks.map(task => task.supervisor.status().state);
    if (states.every(state => state === 'STOPPED')) return 'STOPPED';
    if (states.every(state => state === 'FAILED')) return 'FAILED';
    return this.#parts.gate.isPaused ? 'PAUSED' : 'RUNNING';
  }

  #summary(): ConnectorSummary {
    const elapsedMs = this.#parts.log.ports.clock.monotonic() - this.#startedAt;
    return { ...this.progress(), elapsedMs };
  }
}
