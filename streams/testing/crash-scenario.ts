// What the crash explorer is asked, and what it answers: plain data.

import type { Log, Topic } from '../../core/index.js';
import type { FaultName } from '../../core/simulation/index.js';
import type { AppOptions, RunnableTopology } from '../runtime/app-options.js';
import type { StreamsApp } from '../runtime/streams-app.js';

/** One input record. Timestamps are given, so that a run after a crash reads the same. */
export interface CrashInput {
  // biome-ignore lint/suspicious/noExplicitAny: the records of one scenario are of topics of all types
  readonly topic: Topic<any, any>;
  readonly key: unknown;
  readonly value: unknown;
  /** Milliseconds since the epoch. */
  readonly timestamp: number;
  /** Default: by the key, as a producer chooses. */
  readonly partition?: number;
}

/** `kill`: the process dies, what it wrote stays. `power cut`: unflushed writes are lost, torn or kept, each by chance. */
export type CrashKind = 'kill' | 'power cut';

export interface CrashScenario {
  /** Built anew for every run: what its functions keep between calls must not matter. */
  readonly topology: RunnableTopology;
  readonly input: readonly CrashInput[];
  /**
   * What must hold. `exactly_once`: output topics (read committed, in order per key), compacted changelogs and stores hold the same values as
   * after an undisturbed run. `at_least_once`: each record of the undisturbed output is there, in order per key; others may be as well.
   */
  readonly guarantee: 'exactly_once' | 'at_least_once';
  /** Of the topics read and written. Default 1. */
  readonly partitions?: number;
  /** How many records arrive together; the next ones arrive when those have had time to be processed. Default 5. */
  readonly recordsPerArrival?: number;
  /** Default: both, each at every boundary. */
  readonly crashes?: readonly CrashKind[];
  /** Of the disk's chance: which unflushed writes survive, how long a flush takes. Default 1. */
  readonly seed?: number;
  /** Further options of the app. */
  readonly app?: Omit<Partial<AppOptions>, 'log' | 'applicationId' | 'stateDirectory'>;
  /** How the app is started. Default: runApp. For a fault of your own, put it around `options.log`. */
  readonly start?: (topology: RunnableTopology, options: AppOptions & { readonly log: Log }) => Promise<StreamsApp>;
}

/**
 * Where a process may die. `append`: a write to a file. `flush`: fdatasync of a file or directory. `name`: a file or directory is created, renamed,
 * cut or removed. `request`: before a request of the app reaches the log. `answer`: the request was carried out, its answer did not arrive.
 */
export const boundaryKinds = ['append', 'flush', 'name', 'request', 'answer'] as const;
export type BoundaryKind = (typeof boundaryKinds)[number];

export interface Boundary {
  readonly kind: BoundaryKind;
  /** The file, or the request's API. */
  readonly what: string;
}

export interface CrashFailure {
  readonly crash: CrashKind;
  /** Its place among the boundaries of the run, from 0. */
  readonly index: number;
  readonly boundary: Boundary;
  /** What was lost, repeated or different, or why the app did not come back. */
  readonly message: string;
}

export interface CrashReport {
  /** Of the undisturbed run. */
  readonly boundaries: number;
  readonly boundariesByKind: Readonly<Record<BoundaryKind, number>>;
  /** Deaths, each followed by a restart: boundaries times kinds of crash, unless the run is not the same each time. */
  readonly crashes: number;
  /** Restarts of their own: deaths after which the next process finds the same share one, as what follows is the same. */
  readonly restarts: number;
  /** What the disk did in all runs together. */
  readonly faults: ReadonlyMap<FaultName, number>;
  readonly outputRecords: number;
  readonly failures: readonly CrashFailure[];
}
