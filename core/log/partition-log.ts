import type { Ports } from '../ports/ports.js';
import type { AppendOptions, AppendResult } from './append-result.js';
import type { LogConfig } from './log-config.js';

export interface PartitionLogOptions {
  readonly directory: string;
  readonly topic: string;
  /** Kafka's text form of the uuid (base64url). */
  readonly topicId: string;
  readonly partition: number;
  readonly config: LogConfig;
  readonly isCleanShutdown: boolean;
  readonly recoveryPoint: number;
  readonly logStartOffset?: number;
}

export class PartitionLog {
  readonly topic: string;
  readonly partition: number;
  readonly topicId: string;
  /** Called with the new high watermark when a flush has moved it (policy `commit`). One listener. */
  onFlushed: ((offset: number) => void) | undefined;
  /** Called with the log end offset behind each append. One listener. */
  onAppended: ((logEndOffset: number) => void) | undefined;
  config: LogConfig;

  private constructor(_ports: Ports, options: PartitionLogOptions) {
    this.topic = options.topic;
    this.partition = options.partition;
    this.topicId = options.topicId;
    this.config = options.config;
  }

  static open(ports: Ports, options: PartitionLogOptions): PartitionLog {
    return new PartitionLog(ports, options);
  }

  get logStartOffset(): number {
    return 0;
  }

  get logEndOffset(): number {
    return 0;
  }

  /** Everything below is on disk. */
  get flushedOffset(): number {
    return 0;
  }

  /** What may be read: the flushed offset under `commit`, the log end offset otherwise. */
  get highWatermark(): number {
    return 0;
  }

  get sizeBytes(): number {
    return 0;
  }

  get latestLeaderEpoch(): number {
    return -1;
  }

  /** Takes one whole batch and the buffer with it: base offset and leader epoch are stamped into it. Refuses with ProtocolError. */
  append(_batch: Uint8Array, _options: AppendOptions): AppendResult {
    throw new Error('not yet');
  }

  /** Resolves when everything below `offset` may be acknowledged: on disk under `commit`, at once otherwise. */
  flushed(_offset: number): Promise<void> {
    throw new Error('not yet');
  }

  /** fdatasync now, whatever the policy. */
  flush(): Promise<void> {
    throw new Error('not yet');
  }

  /** True when `read(offset)` is served from memory; if not, prefer `readAsync`. */
  isHot(_offset: number): boolean {
    throw new Error('not yet');
  }

  /**
   * Whole batches from the one that holds `fromOffset`, all below `upToOffset`, at most `maxBytes` but at least one.
   * OFFSET_OUT_OF_RANGE outside of [logStartOffset, logEndOffset].
   */
  read(_fromOffset: number, _maxBytes: number, _upToOffset: number): readonly Uint8Array[] {
    throw new Error('not yet');
  }

  readAsync(_fromOffset: number, _maxBytes: number, _upToOffset: number): Promise<readonly Uint8Array[]> {
    throw new Error('not yet');
  }

  /** The first record at or after `timestamp`; undefined when there is none. */
  offsetForTime(_timestamp: number): { readonly offset: number; readonly timestamp: number } | undefined {
    throw new Error('not yet');
  }

  /** The record with the highest timestamp; undefined in an empty log. */
  offsetOfMaxTimestamp(): { readonly offset: number; readonly timestamp: number } | undefined {
    throw new Error('not yet');
  }

  /** The end offset of the largest epoch that is not above `epoch`; epoch -1 and offset -1 when there is none. */
  endOffsetOfEpoch(_epoch: number): { readonly epoch: number; readonly endOffset: number } {
    throw new Error('not yet');
  }

  /** Moves the log start offset up (never past the high watermark), durably; returns it. */
  deleteRecordsBefore(_offset: number): number {
    throw new Error('not yet');
  }

  /** Deletes whole old segments by time, size and log start offset; returns how many. */
  enforceRetention(_now: number): number {
    throw new Error('not yet');
  }

  /** Begins a new segment. */
  roll(_now: number): void {
    throw new Error('not yet');
  }

  /** Flushes, so that recovery begins here; returns the recovery point. */
  checkpoint(): Promise<number> {
    throw new Error('not yet');
  }

  close(): Promise<void> {
    throw new Error('not yet');
  }
}
