import type { Ports } from '../ports/ports.js';
import type { FlushPolicy, LogConfig } from './log-config.js';
import type { PartitionLog } from './partition-log.js';

export interface LogDirectoryOptions {
  readonly directory: string;
  readonly nodeId: number;
  /** For a directory that is new; an existing one keeps its own. Random when left out. */
  readonly clusterId?: string;
  readonly flush: FlushPolicy;
  /** Bytes of appended batches that all partitions together keep in memory for readers. */
  readonly tailBytesMax?: number;
}

export interface TopicPartition {
  readonly topic: string;
  readonly partition: number;
}

/** A data directory: its lock, its identity, and the partitions in it. */
export class LogDirectory {
  readonly clusterId: string = '';
  readonly directoryId: string = '';

  private constructor(_ports: Ports, _options: LogDirectoryOptions) {}

  static async open(ports: Ports, options: LogDirectoryOptions): Promise<LogDirectory> {
    return new LogDirectory(ports, options);
  }

  /** What is on disk, whether opened or not. */
  partitionsOnDisk(): readonly (TopicPartition & { readonly topicId: string })[] {
    return [];
  }

  /** Opens the partition's log, recovering it if need be, or creates it. `config.flush` is the directory's. */
  openLog(_options: TopicPartition & { topicId: string; config: Omit<LogConfig, 'flush'> }): PartitionLog {
    throw new Error('not yet');
  }

  log(_topic: string, _partition: number): PartitionLog | undefined {
    return undefined;
  }

  logs(): Iterable<PartitionLog> {
    return [];
  }

  /** Removes the partition: renamed at once, its files gone after the delete delay. */
  async removeLog(_topic: string, _partition: number): Promise<void> {
    throw new Error('not yet');
  }

  /** Writes the recovery points and log start offsets of all partitions, flushing them. */
  async checkpoint(): Promise<void> {}

  /** Flushes and closes every log, and marks the shutdown as clean unless one has failed. */
  async close(): Promise<void> {}
}
