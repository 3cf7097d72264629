import type { Duration, Log, Size } from '../../core/index.js';
import type { ProcessingFailure } from '../operators/processing-failure.js';
import type { TopologyPlan } from '../topology/plan.js';

/** What a topology must offer to be run. */
export interface RunnableTopology {
  build(): TopologyPlan;
}

/**
 * What to do with a record that could not be processed. `continue`: drop it, count it, go on. `dead-letter`: write it to the dead-letter topic
 * and go on. `fail`: stop without committing, so that it is processed again after a restart.
 */
export type FailureDecision = 'continue' | 'dead-letter' | 'fail';

/**
 * `at_least_once`: what was processed since the last commit is processed again after a crash, and written again. `exactly_once` (Kafka's
 * spelling `exactly_once_v2` is the same): outputs, state and offsets are committed in one transaction, so readers with isolationLevel
 * read_committed see every result once.
 */
export type ProcessingGuarantee = 'at_least_once' | 'exactly_once' | 'exactly_once_v2';

/**
 * How the instances of an application share its tasks. `spread`: partition by partition, as Kafka Streams does; what different instances write to
 * one repartition topic comes there in no order of time, so windows behind it need a grace for it. `time-ordered`: tasks that feed a repartition
 * topic stay together in one instance, which takes the oldest record next over all of them, so that sharing makes nothing late.
 */
export type TaskSharing = 'spread' | 'time-ordered';

export interface AppOptions {
  /** An open log, which stays open when the app closes, or a URL, which is opened and closed with the app. */
  readonly log: Log | string;
  /** Consumer group, and prefix of the internal topics. Default: the topology's name. */
  readonly applicationId?: string;
  /**
   * Where stores on disk and checkpoints lie; several instances may be given the same. Default: beside the data of a `file:` log; without a
   * directory all stores are in memory.
   */
  readonly stateDirectory?: string;
  /** Without a sign of life for so long the group gives an instance's tasks to others. Default 45s. */
  readonly sessionTimeout?: Duration;
  /** Exactly once: a transaction that takes longer is aborted, and its work done again. Default 10s. */
  readonly transactionTimeout?: Duration;
  /**
   * For how long a commit or a look-up tries before the work since the last commit is given up, to be done again: Kafka's default.api.timeout.ms. Brokers
   * that are away do not end an app that runs. Default 1m.
   */
  readonly defaultApiTimeout?: Duration;
  /** For how long a result is tried to be written before that: Kafka's delivery.timeout.ms. Default 2m. */
  readonly deliveryTimeout?: Duration;
  /** Is told what does not end the app: brokers that are away, a purge that failed. Default: on the console. */
  readonly onWarning?: (warning: Error) => void;
  /** Default `at_least_once`. */
  readonly processingGuarantee?: ProcessingGuarantee;
  /** The same for all instances. Default `spread`. */
  readonly sharing?: TaskSharing;
  /** Default 1s; exactly once 100ms, as results and what is behind a repartition wait for it. */
  readonly commitInterval?: Duration;
  /** Default: every failure is `fail`. */
  readonly onFailure?: (failure: ProcessingFailure) => FailureDecision;
  /** Created with one partition when missing. Required by the decision `dead-letter`. */
  readonly deadLetterTopic?: string;
  /** Where a source topic is begun when nothing was committed. Default 'earliest'. */
  readonly startFrom?: 'earliest' | 'latest';
  /** Entries put or deleted since the last commit, over all stores, that force a commit. Default 200,000. */
  readonly dirtyEntriesMax?: number;
  /** Entries that a store on disk keeps in memory, per partition. Default 250,000. */
  readonly cacheEntriesMax?: number;
  /** Of one partition, fetched and not yet processed; beyond it the partition is paused. Default 4MiB. */
  readonly bufferMax?: Size;
  /** Stores of the last run that this topology does not have any more and that may be deleted. */
  readonly forgetStores?: readonly string[];
  /** In strict mode every value put or handed on goes through its serde and is frozen. Default false. */
  readonly isStrict?: boolean;
  /** How often `metrics$` emits. Default 1s. */
  readonly metricsInterval?: Duration;
  /** For tests and benchmarks: 'round-robin' shows what least time first is for. */
  readonly scheduling?: 'least-time-first' | 'round-robin';
}
