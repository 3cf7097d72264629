// What the runtime gives to a connector: its only way to time, logs and stored offsets, so that a test can give another.

import type { SinkRecord, SourceOffset, SourcePartition } from './record.js';

export interface Logger {
  debug(message: string, facts?: object): void;
  info(message: string, facts?: object): void;
  warn(message: string, facts?: object): void;
  error(message: string, facts?: object): void;
}

export interface ConnectorClock {
  /** Wall clock, milliseconds since the epoch. */
  now(): number;
  /** Milliseconds on a clock that never goes back; only differences mean anything. */
  monotonic(): number;
  /** Rejects with the signal's reason as soon as it aborts. */
  sleep(delayMs: number, signal?: AbortSignal): Promise<void>;
  /** Lets timers and sockets have their turn: for loops that work long without waiting. */
  yield(): Promise<void>;
}

export interface ConnectorMetrics {
  count(name: string, by?: number): void;
  gauge(name: string, value: number): void;
}

export interface TaskContext {
  /** The name that the connector was started under. */
  readonly connector: string;
  readonly task: number;
  readonly logger: Logger;
  readonly clock: ConnectorClock;
  readonly metrics: ConnectorMetrics;
  /**
   * Aborts when the task has to stop: that of a source as soon as it is told to. What a sink has under way may still end and is committed: its signal aborts at
   * the end of its life, or, in a worker, when it has not ended within `task.shutdown.graceful.timeout.ms`. What then still waits for the other side gives up.
   */
  readonly signal: AbortSignal;
  /** A named place at which a crash test may kill the process; does nothing otherwise. */
  failpoint(name: string): void;
}

export interface SourceContext extends TaskContext {
  /** What was last committed for this source partition. */
  offset(partition: SourcePartition): SourceOffset | undefined;
  /** All that this connector has committed. */
  offsets(): readonly { readonly partition: SourcePartition; readonly offset: SourceOffset }[];
}

export interface SinkContext extends TaskContext {
  /**
   * Hands one record to the dead letters; await it before the record's offset counts as done.
   * Rejects with `error` where errors are not tolerated.
   */
  reject(record: SinkRecord, error: Error): Promise<void>;
  /** Asks the runtime to call `preCommit` soon. */
  requestCommit(): void;
}
