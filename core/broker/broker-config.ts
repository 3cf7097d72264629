// What one broker is told when it starts. Kafka's names in TypeScript's spelling; where an embedded broker wants another default than a
// server in a cluster, the comment says why.

import { UsageError } from '../base/errors.js';
import { didYouMean } from '../base/nearest-word.js';

/** When an appended record counts as safe: see `flush` in BrokerConfig. */
export type FlushMode = 'commit' | 'interval' | 'os';

export interface BrokerConfig {
  readonly nodeId: number;
  /** What Metadata answers as this broker's address; nobody dials it when embedded. */
  readonly host: string;
  readonly port: number;
  /**
   * `commit`: a record is acknowledged, and visible, once it is on disk (the default with one replica). `interval`: flushed
   * every `flushIntervalMs`. `os`: when the operating system likes.
   */
  readonly flush: FlushMode;
  readonly flushIntervalMs: number;
  /** Whether Metadata may create a topic that is asked for and missing (the client has a say too). */
  readonly autoCreateTopics: boolean;
  readonly partitionCountDefault: number;
  /** 1 when embedded, where 50 as in a cluster would cost 50 fsyncs and no core gains from them. */
  readonly offsetsTopicPartitionCount: number;
  /** 1 when embedded, as for the offsets. */
  readonly transactionTopicPartitionCount: number;
  /** The longest transaction timeout that a producer may ask for. */
  readonly transactionMaxTimeoutMs: number;
  /** How long a transactional id is remembered that nobody uses. */
  readonly transactionalIdExpirationMs: number;
  readonly transactionalIdExpirationCheckIntervalMs: number;
  /** How often the broker looks for transactions that took too long. Kafka: 10 s. */
  readonly transactionTimeoutCheckIntervalMs: number;
  readonly offsetsRetentionMs: number;
  readonly offsetsRetentionCheckIntervalMs: number;
  /** Kafka waits 3000 ms for more members of a new group; embedded members come at once, so nobody waits. */
  readonly groupInitialRebalanceDelayMs: number;
  readonly groupMinSessionTimeoutMs: number;
  readonly groupMaxSessionTimeoutMs: number;
  readonly groupMaxSize: number;
  readonly retentionCheckIntervalMs: number;
  /** How often the broker looks for topics to compact. */
  readonly compactionCheckIntervalMs: number;
  readonly checkpointIntervalMs: number;
  readonly fetchMaxBytes: number;
  /** Long polls that may wait at once; one more is answered at once instead of parked. */
  readonly pendingFetchCountMax: number;
  /** Told of what the operator should know, such as a partition that can no longer be written. */
  readonly report: (problem: Error) => void;
}

const minuteMs = 60_000;

const brokerConfigDefaults: BrokerConfig = {
  nodeId: 1,
  host: 'localhost',
  port: 9092,
  flush: 'commit',
  flushIntervalMs: 1_000,
  autoCreateTopics: true,
  partitionCountDefault: 1,
  offsetsTopicPartitionCount: 1,
  transactionTopicPartitionCount: 1,
  transactionMaxTimeoutMs: 15 * minuteMs,
  transactionalIdExpirationMs: 7 * 24 * 60 * minuteMs,
  transactionalIdExpirationCheckIntervalMs: 60 * minuteMs,
  transactionTimeoutCheckIntervalMs: 1_000,
  offsetsRetentionMs: 7 * 24 * 60 * minuteMs,
  offsetsRetentionCheckIntervalMs: 10 * minuteMs,
  groupInitialRebalanceDelayMs: 0,
  groupMinSessionTimeoutMs: 100,
  groupMaxSessionTimeoutMs: 30 * minuteMs,
  groupMaxSize: 10_000,
  retentionCheckIntervalMs: 5 * minuteMs,
  compactionCheckIntervalMs: 15_000,
  checkpointIntervalMs: minuteMs,
  fetchMaxBytes: 55 * 1024 * 1024,
  pendingFetchCountMax: 10_000,
  report: problem => console.error(`millrace: ${problem.message}`),
};

/** The defaults with `changes` laid over them. Throws UsageError for a name that is none. */
export function brokerConfig(changes: Partial<BrokerConfig> = {}): BrokerConfig {
  const known = Object.keys(brokerConfigDefaults);
  for (const name of Object.keys(changes)) {
    if (!known.includes(name)) throw new UsageError(`"${name}" is no option of the broker${didYouMean(name, known)}`);
  }
  return { ...brokerConfigDefaults, ...changes };
}
