// Keeps a task alive. A task that fails is restarted after a growing pause, from its committed offsets; Kafka Connect leaves it dead. What no restart can
// heal (a wrong configuration, a bad record that is not tolerated, our own bug) fails it at once; what is known to pass is retried without end.

import { AssertionFailure, type Ports, ProtocolError, UsageError, WorldFault } from '../../../core/index.js';
import type { Logger } from '../../api/context.js';
import { ConfigError, DataError, RetriableError } from '../../api/errors.js';
import { shownError } from '../connector-config.js';
import type { ConnectorState, Stall, TaskStatus } from '../connector-handle.js';
import type { RuntimeOptions } from '../runtime-options.js';
import { Backoff } from './backoff.js';

/** What one life of a task, from start to end, failure or restart, is told and tells. */
export interface TaskLife {
  /** Aborts when the task shall end in good order. */
  readonly signal: AbortSignal;
  /** Aborts when nobody waits for its end any more, as that took too long. */
  readonly leftBehind: AbortSignal;
  /** It has been opened and takes records. */
  running(): void;
  /** Something was acknowledged or written: the count of restarts begins anew. */
  progressed(): void;
  /** Something was taken that is not known to be written yet: it is no stall, and the restarts count on. */
  took(): void;
  /** It waits for the other side from now on, or still; `what` says for what. Too long, and it counts as stalled, unless it `isResting` by then. */
  working(what: string, isResting?: () => boolean): void;
  /** It tries the same again by itself, as it failed; its status says so until it goes through. */
  failing(what: string): void;
  /** There is nothing to do. */
  idle(): void;
}

export interface SupervisorOptions {
  readonly connector: string;
  readonly id: number;
  readonly ports: Ports;
  readonly logger: Logger;
  readonly runtime: RuntimeOptions;
  readonly signal: AbortSignal;
  readonly leftBehind: AbortSignal;
  isPaused(): boolean;
  /** Work without progress for so long is a stall; 0 or undefined: never. */
  readonly stallAfterMs?: number | undefined;
  /** Its state is another. */
  changed?(status: TaskStatus): void;
  /** Resolves when the task has ended, or was told to. */
  live(life: TaskLife): Promise<void>;
}

export class TaskSupervisor {
  /** Resolves when the task first runs, or is restarted before it could; rejects when it fails for good before. */
  readonly started: Promise<void>;
  /** Resolves when the task has ended; rejects when it failed for good. */
  readonly done: Promise<void>;
  readonly #options: SupervisorOptions;
  readonly #backoff: Backoff;
  #state: Exclude<ConnectorState, 'PAUSED'> = 'UNASSIGNED';
  #trace: string | undefined;
  #restarts = 0;
  #hasStarted!: () => void;
  #work: { what: string; readonly sinceMs: number; isResting: (() => boolean) | undefined } | undefined;
  /** It ended, or failed for good. */
  hasEnded = false;

  constructor(options: SupervisorOptions) {
    this.#options = options;
    this.#backoff = new Backoff({
      firstMs: options.runtime['restart.backoff.ms'],
      maxMs: options.runtime['restart.backoff.max.ms'],
      random: options.ports.random.fork(`connect-${options.connector}-${options.id}`),
    });
    const running = new Promise<void>(resolve => {
      this.#hasStarted = resolve;
    });
    this.done = this.#supervise();
    this.done.catch(() => undefined);
    this.started = Promise.race([running, this.done]);
    this.started.catch(() => undefined);
  }

  status(): TaskStatus {
    const mayPause = this.#state === 'RUNNING' || this.#state === 'UNASSIGNED';
    const state = mayPause && this.#options.isPaused() ? 'PAUSED' : this.#state;
    const stalled = state === 'RUNNING' ? this.#stall() : undefined;
    return { id: this.#options.id, state, restarts: this.#restarts, trace: this.#trace, stalled };
  }

  #stall(): Stall | undefined {
    const { stallAfterMs, ports } = this.#options;
    if (this.#work === undefined || stallAfterMs === undefined || stallAfterMs === 0) return undefined;
    const forMs = ports.clock.monotonic() - this.#work.sinceMs;
    if (forMs < stallAfterMs || this.#work.isResting?.() === true) return undefined;
    return { since: Math.round(ports.clock.now() - forMs), reason: this.#work.what };
  }

  async #supervise(): Promise<void> {
    const { signal, ports } = this.#options;
    for (;;) {
      this.#work = undefined;
      try {
        await this.#options.live(this.#life());
        return this.#ended('STOPPED');
      } catch (error) {
        this.#failOrRestart(error);
      }
      await ports.clock.sleep(this.#backoff.nextMs(), signal).catch(() => undefined);
      if (signal.aborted) return this.#ended('STOPPED');
    }
  }

  #ended(state: 'STOPPED' | 'FAILED'): void {
    this.hasEnded = true;
    this.#become(state);
  }

  #become(state: Exclude<ConnectorState, 'PAUSED'>): void {
    this.#state = state;
    this.#options.changed?.(this.status());
  }

  #life(): TaskLife {
    return {
      signal: this.#options.signal,
      leftBehind: this.#options.leftBehind,
      running: () => {
        this.#become('RUNNING');
        this.#hasStarted();
      },
      working: (what, isResting) => this.#working(what, isResting),
      failing: what => {
        this.#trace = what;
        this.#working(what);
      },
      idle: () => this.#took(),
      progressed: () => {
        this.#took();
        this.#restarts = 0;
        this.#backoff.reset();
      },
      took: () => this.#took(),
    };
  }

  #took(): void {
    this.#work = undefined;
    this.#trace = undefined;
  }

  #working(what: string, isResting?: () => boolean): void {
    const sinceMs = this.#work?.sinceMs ?? this.#options.ports.clock.monotonic();
    this.#work = { what, sinceMs, isResting };
  }

  /** Throws what the task fails with; returns when it shall be restarted. */
  #failOrRestart(error: unknown): void {
    const { logger, runtime, connector } = this.#options;
    const shown = shownError(connector, error);
    this.#trace = shown.stack ?? shown.message;
    const isSpent = !isPassing(error) && this.#restarts >= runtime['restart.attempts.max'];
    if (isBeyondHelp(error) || isSpent) {
      this.#ended('FAILED');
      logger.error(`${this.#name()} failed: ${shown.message}`);
      throw shown;
    }
    this.#restarts++;
    this.#become('RESTARTING');
    this.#hasStarted();
    logger.warn(`${this.#name()} is restarted (${this.#restarts}): ${shown.message}`);
  }

  #name(): string {
    return `connector ${this.#options.connector}, task ${this.#options.id}`;
  }
}

const fenced: ReadonlySet<string> = new Set(['PRODUCER_FENCED', 'INVALID_PRODUCER_EPOCH']);

function isBeyondHelp(error: unknown): boolean {
  // Another task with this transactional id has begun: to begin again would fence that one, and so on without end.
  if (error instanceof ProtocolError && fenced.has(error.kind)) return true;
  return [ConfigError, UsageError, DataError, AssertionFailure].some(kind => error instanceof kind);
}

export function isPassing(error: unknown): boolean {
  if (error instanceof RetriableError) return true;
  return (error instanceof WorldFault || error instanceof ProtocolError) && error.isRetriable;
}
