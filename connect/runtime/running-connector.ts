import type {
  ConnectorHandle,
  ConnectorProgress,
  ConnectorState,
  ConnectorStatus,
  ConnectorSummary,
} from './connector-handle.js';
import type { ConnectorParts, PreparedConnector } from './connector-parts.js';
import { TaskSupervisor } from './task/task-supervisor.js';

/** The tasks of one connector, and what the outside may ask of them together. */
export class RunningConnector implements ConnectorHandle {
  readonly name: string;
  readonly done: Promise<ConnectorSummary>;
  readonly #parts: ConnectorParts;
  readonly #type: 'source' | 'sink';
  readonly #prepared: PreparedConnector;
  readonly #tasks: readonly TaskSupervisor[];
  readonly #abort = new AbortController();
  readonly #startedAt: number;

  constructor(parts: ConnectorParts, type: 'source' | 'sink', prepared: PreparedConnector) {
    const { log, name, logger, gate } = parts;
    this.name = name;
    this.#parts = parts;
    this.#type = type;
    this.#prepared = prepared;
    this.#startedAt = log.ports.clock.monotonic();
    this.#tasks = Array.from({ length: prepared.taskCount }, (_, id) => {
      return new TaskSupervisor({
        connector: name,
        id,
        ports: log.ports,
        logger,
        runtime: prepared.runtime,
        signal: this.#abort.signal,
        isPaused: () => gate.isPaused,
        live: life => prepared.live(id, life),
      });
    });
    this.done = Promise.all(this.#tasks.map(task => task.done)).then(() => this.#summary());
    this.done.catch(() => undefined);
  }

  /** Resolves when all tasks run; after a failure of one, the others are stopped first. */
  async started(): Promise<void> {
    try {
      await Promise.all(this.#tasks.map(task => task.started));
    } catch (error) {
      await this.stop();
      throw error;
    }
  }

  status(): ConnectorStatus {
    const tasks = this.#tasks.map(task => task.status());
    return { name: this.name, type: this.#type, state: this.#state(), tasks };
  }

  progress(): ConnectorProgress {
    return this.#parts.meter.snapshot();
  }

  pause(): void {
    this.#parts.gate.pause();
  }

  resume(): void {
    this.#parts.gate.resume();
  }

  async finish(): Promise<ConnectorSummary> {
    await this.#prepared.beginFinish();
    this.resume();
    return this.done;
  }

  async stop(): Promise<void> {
    this.#abort.abort();
    await Promise.allSettled(this.#tasks.map(task => task.done));
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }

  #state(): ConnectorState {
    const states = this.#tasks.map(task => task.status().state);
    if (states.every(state => state === 'STOPPED')) return 'STOPPED';
    if (states.every(state => state === 'FAILED')) return 'FAILED';
    return this.#parts.gate.isPaused ? 'PAUSED' : 'RUNNING';
  }

  #summary(): ConnectorSummary {
    const elapsedMs = this.#parts.log.ports.clock.monotonic() - this.#startedAt;
    return { ...this.progress(), elapsedMs };
  }
}
