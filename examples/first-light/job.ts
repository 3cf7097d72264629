import type { NewTopic, RunnableTopology } from 'millrace';
import type { Row } from './live-table.js';

/** What one run is about: files in, a topology, a topic of results. */
export interface Job {
  readonly name: string;
  readonly topics: readonly NewTopic[];
  /** Read one after the other, each to its end. */
  readonly sources: readonly JobSource[];
  readonly topology: RunnableTopology;
  /** The topic whose records become the lines of the result files. */
  readonly results: string;
  /** The columns of the live table: the name of a row first. */
  readonly heading: readonly string[];
  rows(): readonly Row[];
  /** Counts a result that another process has written. */
  show(result: unknown): void;
  /** What the summary says besides the figures that every run has. */
  readonly remarks: readonly string[];
}

export interface JobSource {
  /** Of the connector, and of what it reads, as the summary counts it. */
  readonly name: string;
  /** Options of the file source. */
  readonly config: Readonly<Record<string, unknown>>;
}
