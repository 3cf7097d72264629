/** Kafka Connect's states of connectors and tasks. */
export type ConnectorState = 'UNASSIGNED' | 'RUNNING' | 'PAUSED' | 'FAILED' | 'RESTARTING' | 'STOPPED';

export interface Stall {
  /** Milliseconds since the epoch. */
  readonly since: number;
  readonly reason: string;
}

export interface TaskStatus {
  readonly id: number;
  readonly state: ConnectorState;
  /** Why it failed, or is being restarted. */
  readonly trace?: string | undefined;
  /** How often it was restarted since it last made progress. */
  readonly restarts: number;
  /** It has work and makes no progress. */
  readonly stalled?: Stall | undefined;
}

export interface ConnectorStatus {
  readonly name: string;
  readonly type: 'source' | 'sink';
  readonly state: ConnectorState;
  readonly tasks: readonly TaskStatus[];
}

/** What has gone through a connector since it was started here: read it from a timer to draw a progress bar. */
export interface ConnectorProgress {
  /** At a sink, each counts once, however often its task had to take it. */
  readonly records: number;
  /** Bytes read at a source that tells them, bytes of keys and values at a sink. */
  readonly bytes: number;
  /** Of what is known to be there, between 0 and 1; undefined when the end is not known. */
  readonly fraction: number | undefined;
  readonly deadLetters: number;
}

export interface ConnectorSummary extends ConnectorProgress {
  readonly elapsedMs: number;
}

export interface ConnectorHandle extends AsyncDisposable {
  readonly name: string;
  /**
   * Resolves when the connector has ended: a bounded source read to its end with everything acknowledged and its offsets committed, or after
   * `finish` or `stop`. Rejects when a task failed for good.
   */
  readonly done: Promise<ConnectorSummary>;
  status(): ConnectorStatus;
  progress(): ConnectorProgress;
  /** What the connector itself counts (`context.metrics`), by name, all tasks together, since it was started here. */
  metrics(): Readonly<Record<string, number>>;
  pause(): void;
  resume(): void;
  /** A sink takes its topics up to their present end, a source what it finds now; then all is committed and the connector ends. */
  finish(): Promise<ConnectorSummary>;
  /** Ends now: what was read is acknowledged and committed, what is there is not read to its end. Never rejects. */
  stop(): Promise<void>;
}
