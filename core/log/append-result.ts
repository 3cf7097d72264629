export interface AppendOptions {
  readonly leaderEpoch: number;
  /** Wall clock, for LogAppendTime, rolling by time and the expiry of producer ids. */
  readonly now: number;
  /** What the coordinator writes is not checked for sequences, and may hold control batches. */
  readonly origin: 'client' | 'coordinator';
}

export interface AppendResult {
  readonly baseOffset: number;
  readonly lastOffset: number;
  /** -1 unless the topic stamps its records (LogAppendTime). */
  readonly logAppendTimeMs: number;
  /** The batch was there already; the offsets are those that it got then. */
  readonly isDuplicate: boolean;
}
