// The configuration of one partition's log, in Kafka's terms and with Kafka's defaults.

import type { TimestampType } from '../records/batch-header.js';
import type { CompactionConfig } from './compaction-plan.js';

/**
 * When what was appended counts as safe. `commit`: once fdatasync has returned; readers see nothing before. `interval`: fdatasync
 * every so often, not waited for. `os`: whenever the operating system writes it.
 */
export type FlushPolicy =
  | { readonly kind: 'commit' }
  | { readonly kind: 'interval'; readonly intervalMs: number }
  | { readonly kind: 'os' };

export interface LogConfig {
  readonly segmentBytes: number;
  readonly segmentMs: number;
  /** -1: for ever. */
  readonly retentionMs: number;
  /** -1: no limit. */
  readonly retentionBytes: number;
  readonly indexIntervalBytes: number;
  readonly maxMessageBytes: number;
  readonly timestampType: TimestampType;
  readonly fileDeleteDelayMs: number;
  readonly producerIdExpirationMs: number;
  /** undefined: the log keeps all records that retention leaves it. */
  readonly compaction: CompactionConfig | undefined;
  readonly flush: FlushPolicy;
}

const dayMs = 24 * 3600 * 1000;

export const defaultLogConfig: LogConfig = {
  segmentBytes: 1024 ** 3,
  segmentMs: 7 * dayMs,
  retentionMs: 7 * dayMs,
  retentionBytes: -1,
  indexIntervalBytes: 4096,
  maxMessageBytes: 1024 * 1024 + 12,
  timestampType: 'CreateTime',
  fileDeleteDelayMs: 60_000,
  producerIdExpirationMs: dayMs,
  compaction: undefined,
  flush: { kind: 'commit' },
};
