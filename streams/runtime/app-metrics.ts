/** Counts since the app started, and gauges of now. */
export interface AppMetrics {
  /** Records taken from source topics, those between sub-topologies not counted. */
  readonly recordsIn: number;
  /** Records taken from repartition topics. */
  readonly recordsRepartitioned: number;
  /** Records written to sinks, internal topics not counted. */
  readonly recordsOut: number;
  readonly lateRecords: number;
  /** Records that an operator dropped (a null key where there must be one) or that failed and were let go. */
  readonly droppedRecords: number;
  readonly deadLetters: number;
  readonly commits: number;
  /** Of the last commit. */
  readonly commitMs: number;
  readonly restoredRecords: number;
  readonly changelogRecords: number;
  /** Records in the source topics that have not been taken. */
  readonly lag: number;
  readonly dirtyEntries: number;
  readonly tasks: number;
  readonly elapsedMs: number;
  /** Since the last sample of `metrics$`, or since the start. */
  readonly recordsInPerSecond: number;
  /** Late and dropped records per node. */
  readonly lateByNode: Readonly<Record<string, number>>;
  readonly droppedByNode: Readonly<Record<string, number>>;
}

/** What a finished app did. */
export interface Summary extends AppMetrics {
  readonly applicationId: string;
}
