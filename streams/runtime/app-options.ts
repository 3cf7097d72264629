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

export interface AppOptions {
  /** An open log, which stays open when the app closes, or a URL, which is opened and closed with the app. */
  readonly log: Log | string;
  /** Consumer group, and prefix of the internal topics. Default: the topology's name. */
  readonly applicationId?: string;
  /** Where stores on disk and checkpoints lie. Default: beside the data of a `file:` log; without a directory all stores are in memory. */
  readonly stateDirectory?: string;
  /** Default 1s. What was processed since the last commit is processed again after a crash. */
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
