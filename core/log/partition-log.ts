// One partition on disk: an append-only log of batches, cut into segments. Appends are synchronous and stamp offset and leader epoch
// into the batch they are given; what is safe, and so readable, follows by the flush policy (see group-commit.ts). Reads come from
// the tail in memory or from the files. It knows nothing of topics' configuration, of replicas, or of who reads.

import { assert } from '../base/assert.js';
import { ProtocolError } from '../base/errors.js';
import type { Ports } from '../ports/ports.js';
import { lastOffsetDelta, stampBaseOffset, stampLeaderEpoch, stampLogAppendTime } from '../records/batch-header.js';
import type { AbortedTransaction } from './aborted-index.js';
import type { AppendOptions, AppendResult } from './append-result.js';
import { checkBatch } from './batch-check.js';
import { Compaction } from './compaction.js';
import { CompactionCheckpoint } from './compaction-checkpoint.js';
import { GroupCommit } from './group-commit.js';
import { HotTail, patienceBytes } from './hot-tail.js';
import type { LeaderEpochs } from './leader-epochs.js';
import type { LogConfig } from './log-config.js';
import { type LogHost, standaloneHost } from './log-host.js';
import type { TimestampedOffset } from './offset-for-time.js';
import { PartitionFiles } from './partition-files.js';
import type { PartitionLogOptions } from './partition-log-options.js';
import type { ProducerBatch, ProducerState } from './producer-state.js';
import { recoverLog } from './recovery.js';
import { deletableCount } from './retention.js';
import { Segment } from './segment.js';
import { SegmentList } from './segment-list.js';

export class PartitionLog {
  readonly topic: string;
  readonly partition: number;
  readonly topicId: string;
  readonly directory: string;
  /** Called with the flushed offset when it has moved. One listener. */
  onFlushed: ((offset: number) => void) | undefined;
  /** Called with the log end offset behind each append. One listener. */
  onAppended: ((logEndOffset: number) => void) | undefined;
  /** May be replaced at any time; only the flush policy stays. */
  config: LogConfig;

  /** Who has written here of late; only the log changes it. */
  readonly producers: ProducerState;
  /** What makes the log smaller, by key: a cleaner's to run, one at a time. */
  readonly compaction: Compaction;
  private readonly ports: Ports;
  private readonly host: LogHost;
  private readonly files: PartitionFiles;
  private readonly epochs: LeaderEpochs;
  private readonly tail: HotTail;
  private readonly commit: GroupCommit;
  // Invariant: logStartOffset <= lastStableOffset <= highWatermark <= endOffset, and flushedOffset <= endOffset.
  private readonly segments: SegmentList;
  private startOffset: number;
  private endOffset: number;
  /** Where indexes and producer state were last saved; -1 when they were not. */
  private savedOffset: number;
  private isClosing = false;
  private isClosed = false;

  private constructor(ports: Ports, options: PartitionLogOptions) {
    const { directory, topicId, config } = options;
    this.ports = ports;
    this.topic = options.topic;
    this.partition = options.partition;
    this.topicId = topicId;
    this.directory = directory;
    this.config = config;
    this.host = options.host ?? standaloneHost();
    this.files = new PartitionFiles(ports, directory);
    this.files.prepare(topicId);
    const { indexIntervalBytes } = config;
    const checkpoint = new CompactionCheckpoint(ports, directory);
    const { gapsBelow } = checkpoint;
    const recovered = recoverLog(ports, { logStartOffset: 0, ...options, indexIntervalBytes, gapsBelow });
    this.segments = new SegmentList(recovered.segments);
    this.producers = recovered.producers;
    this.epochs = recovered.epochs;
    this.startOffset = recovered.logStartOffset;
    this.endOffset = recovered.logEndOffset;
    this.savedOffset = recovered.savedOffset;
    this.tail = new HotTail(this.host.tail);
    this.commit = new GroupCommit(ports.clock, config.flush, {
      logEndOffset: () => this.endOffset,
      flushFiles: () => this.segments.flush(),
      flushed: offset => this.onFlushed?.(offset),
      failed: failure => this.host.failed(this, failure),
    });
    this.compaction = new Compaction(ports, {
      directory,
      checkpoint,
      segments: this.segments,
      producers: this.producers,
      files: this.files,
      config: () => this.config,
      lastStableOffset: () => this.lastStableOffset,
      isGone: () => this.isClosing || this.isClosed || this.failure !== undefined,
      orFail: (what, action) => this.orFail(what, action),
    });
  }

  /** Opens the partition in its directory, recovering or creating it. Throws WorldFault when the disk does not let it. */
  static open(ports: Ports, options: PartitionLogOptions): PartitionLog {
    return new PartitionLog(ports, options);
  }

  get logStartOffset(): number {
    return this.startOffset;
  }

  get logEndOffset(): number {
    return this.endOffset;
  }

  /** Everything below is on disk. */
  get flushedOffset(): number {
    return this.commit.flushedOffset;
  }

  /** What may be read: the flushed offset under `commit`, the log end offset otherwise. */
  get highWatermark(): number {
    return this.config.flush.kind === 'commit' ? this.commit.flushedOffset : this.endOffset;
  }

  get sizeBytes(): number {
    return this.segments.sizeBytes;
  }

  get segmentCount(): number {
    return this.segments.all.length;
  }

  /** Up to where every transaction is decided: readers of committed records see nothing beyond. */
  get lastStableOffset(): number {
    const { highWatermark } = this;
    const unstable = this.producers.transactions.firstUnstableOffset(highWatermark);
    return unstable === undefined ? highWatermark : Math.max(this.startOffset, Math.min(unstable, highWatermark));
  }

  get latestLeaderEpoch(): number {
    return this.epochs.latest;
  }

  /** Why nothing can be done with this log any more; undefined as long as it is well. */
  get failure(): ProtocolError | undefined {
    return this.commit.failure;
  }

  /**
   * Takes one whole batch and the buffer with it: base offset and leader epoch are stamped into it, and readers will share it.
   * Refuses with ProtocolError; a KAFKA_STORAGE_ERROR may be for this batch alone (see `failure`).
   */
  append(batch: Uint8Array, options: AppendOptions): AppendResult {
    this.requireUsable();
    checkBatch(batch, this.config, options.origin);
    const isByClient = options.origin === 'client';
    const duplicate = isByClient ? this.producers.check(batch, 0) : this.producers.checkCoordinator(batch, 0);
    if (duplicate !== undefined) return this.duplicateResult(duplicate);
    this.beginEpoch(options.leaderEpoch);
    const isLogAppendTime = this.config.timestampType === 'LogAppendTime';
    if (isLogAppendTime) stampLogAppendTime(batch, 0, options.now);
    const base = this.endOffset;
    const last = base + lastOffsetDelta(batch, 0);
    stampBaseOffset(batch, 0, base);
    stampLeaderEpoch(batch, 0, options.leaderEpoch);
    if (this.isRollDue(batch.length, last, options.now)) this.roll(options.now);
    this.write(batch);
    const ended = this.producers.apply(batch, 0, base);
    if (ended?.commits === false) this.active.aborted.append(ended);
    this.endOffset = last + 1;
    this.tail.push(batch, base);
    this.host.appended(batch.length);
    this.commit.appended();
    this.onAppended?.(this.endOffset);
    return {
      baseOffset: base,
      lastOffset: last,
      logAppendTimeMs: isLogAppendTime ? options.now : -1,
      isDuplicate: false,
    };
  }

  /** Resolves when everything below `offset` may be acknowledged: on disk under `commit`, at once otherwise. */
  flushed(offset: number): Promise<void> {
    return this.commit.acknowledged(offset);
  }

  /** Resolves when everything appended up to now is on disk, whatever the policy. */
  flush(): Promise<void> {
    return this.commit.flush(this.endOffset);
  }

  /** True when `read(offset)` is served from memory, ours or the page cache's; if not, prefer `readAsync`. */
  isHot(offset: number): boolean {
    return offset >= this.endOffset || this.tail.has(offset) || this.active.isJustWritten(offset);
  }

  /** Somebody reads at `offset`: if that is near the end, what is appended is kept in memory for them. */
  expectReader(offset: number): void {
    if (offset >= this.endOffset || this.tail.has(offset) || this.active.bytesBehind(offset) <= patienceBytes)
      this.tail.expectReader();
  }

  /**
   * Whole batches from the one that holds `fromOffset`, all of them below `upToOffset`, at most `maxBytes` but at least one batch; an
   * element may hold several. Immutable: share, never write. OFFSET_OUT_OF_RANGE outside of [logStartOffset, logEndOffset].
   */
  read(fromOffset: number, maxBytes: number, upToOffset: number): readonly Uint8Array[] {
    this.requireReadable(fromOffset);
    if (fromOffset >= upToOffset) return [];
    if (this.tail.has(fromOffset)) return this.tail.read(fromOffset, maxBytes, upToOffset);
    return this.segments.read({ fromOffset, maxBytes, upToOffset });
  }

  /** The same, without blocking where it has to go to the disk. */
  async readAsync(fromOffset: number, maxBytes: number, upToOffset: number): Promise<readonly Uint8Array[]> {
    this.requireReadable(fromOffset);
    if (fromOffset >= upToOffset) return [];
    if (this.tail.has(fromOffset)) return this.tail.read(fromOffset, maxBytes, upToOffset);
    return this.segments.readAsync({ fromOffset, maxBytes, upToOffset });
  }

  /** The aborted transactions that reach into [fromOffset, upToOffset), for readers of committed records. */
  abortedTransactions(fromOffset: number, upToOffset: number): readonly AbortedTransaction[] {
    return this.segments.abortedTransactions(fromOffset, upToOffset);
  }

  /** The first readable record at or after `timestamp`; undefined when there is none. */
  offsetForTime(timestamp: number): TimestampedOffset | undefined {
    this.requireUsable();
    const wanted = { timestamp, fromOffset: this.startOffset };
    const found = this.segments.firstAtOrAfter(this.ports.compression, wanted);
    return found === undefined || found.offset >= this.highWatermark ? undefined : found;
  }

  /** The first record with the highest timestamp; undefined in an empty log. */
  offsetOfMaxTimestamp(): TimestampedOffset | undefined {
    const timestamp = this.segments.maxTimestamp;
    return timestamp < 0 ? undefined : this.offsetForTime(timestamp);
  }

  /** The largest epoch that is not above `epoch`, and where it ends; -1 and -1 when there is none. */
  endOffsetOfEpoch(epoch: number): { readonly epoch: number; readonly endOffset: number } {
    return this.epochs.endOffsetOf(epoch, this.endOffset);
  }

  /** Moves the log start offset up, durably, and returns it. OFFSET_OUT_OF_RANGE past the high watermark. */
  deleteRecordsBefore(offset: number): number {
    this.requireUsable();
    if (offset < 0 || offset > this.highWatermark) {
      const message = `records before ${offset} cannot be deleted: the high watermark is ${this.highWatermark}`;
      throw new ProtocolError('OFFSET_OUT_OF_RANGE', message);
    }
    this.moveStart(offset);
    return this.startOffset;
  }

  /** Deletes whole old segments by time, size and log start offset, and forgets idle producers; returns how many segments went. */
  enforceRetention(now: number): number {
    this.requireUsable();
    this.producers.expire(now, this.config.producerIdExpirationMs);
    const { startOffset: logStartOffset, highWatermark } = this;
    const segments = this.segments.all;
    const view = { segments, logStartOffset, highWatermark, now };
    const isAllOld = deletableCount(view, this.config, true) === segments.length;
    if (isAllOld && highWatermark === this.endOffset) this.roll(now);
    const count = deletableCount(view, this.config);
    if (count === 0) return 0;
    this.moveStart(segments[count]!.baseOffset);
    this.files.condemn(this.segments.removeOldest(count), this.config.fileDeleteDelayMs);
    return count;
  }

  /** Begins a new segment, unless the active one is empty. What the old one holds is on disk before (policy `commit`). */
  roll(now: number): void {
    this.requireUsable();
    if (this.active.sizeBytes === 0) return;
    const { disk, failpoint } = this.ports;
    failpoint('log/roll-started');
    this.orFail('rolling the segment has failed', () => {
      if (this.config.flush.kind === 'commit') this.active.flushNow();
      // Also what a recovery has found out about older ones: the snapshot says that it is there.
      this.segments.saveIndexes();
      failpoint('log/roll-old-flushed');
      this.files.writeSnapshot(this.producers, this.endOffset);
      failpoint('log/roll-snapshot-written');
      const { directory, endOffset: baseOffset } = this;
      this.segments.push(new Segment(disk, { directory, baseOffset, createdMs: now }));
      failpoint('log/roll-file-created');
      disk.flushDirectory(directory);
    });
    failpoint('log/roll-finished');
  }

  /** Flushes log and indexes and takes a producer snapshot: recovery may begin at the offset returned. */
  async checkpoint(): Promise<number> {
    await this.flush();
    const recoveryPoint = this.flushedOffset;
    if (this.isClosed || this.failure !== undefined) return recoveryPoint;
    this.orFail('a checkpoint has failed', () => this.saveState());
    return recoveryPoint;
  }

  /** Flushes everything, so that the next open need not recover. After a failure it only lets go of the files. */
  async close(): Promise<void> {
    this.isClosing = true;
    try {
      if (!this.isClosed && this.failure === undefined) await this.checkpoint();
    } finally {
      this.letGo();
    }
  }

  /** Closes without flushing, for a partition that is to be deleted. Whoever waits for a flush is refused. */
  discard(): void {
    this.letGo();
  }

  private letGo(): void {
    if (this.isClosed) return;
    this.isClosed = true;
    this.commit.stop(`${this.topic}-${this.partition} is closed`);
    this.files.close();
    this.segments.close();
  }

  private get active(): Segment {
    return this.segments.active;
  }

  private duplicateResult({ baseOffset, lastOffset, timestamp }: ProducerBatch): AppendResult {
    const logAppendTimeMs = this.config.timestampType === 'LogAppendTime' ? timestamp : -1;
    return { baseOffset, lastOffset, logAppendTimeMs, isDuplicate: true };
  }

  private beginEpoch(epoch: number): void {
    const latest = this.epochs.latest;
    if (epoch === latest) return;
    assert(epoch > latest, `an append at leader epoch ${epoch}, behind ${latest}`);
    this.orFail('the leader epoch could not be written', () => this.epochs.assign(epoch, this.endOffset));
  }

  private isRollDue(sizeBytes: number, lastOffset: number, now: number): boolean {
    const { active } = this;
    if (active.sizeBytes === 0) return false;
    if (active.sizeBytes + sizeBytes > this.config.segmentBytes || !active.hasRoomFor(sizeBytes, lastOffset))
      return true;
    return now - active.createdMs > this.config.segmentMs;
  }

  /** A write that fails is cut back, and only its batch refused. When even that fails, the log has failed. */
  private write(batch: Uint8Array): void {
    try {
      this.active.append(batch, this.config.indexIntervalBytes);
    } catch (cause) {
      this.orFail('a failed append could not be cut back', () => this.active.cutBack());
      const reason = cause instanceof Error ? cause.message : String(cause);
      throw new ProtocolError('KAFKA_STORAGE_ERROR', `the batch was not written: ${reason}`, { cause });
    }
  }

  private saveState(): void {
    if (this.savedOffset === this.endOffset) return;
    this.segments.saveIndexes();
    this.files.writeSnapshot(this.producers, this.endOffset);
    this.files.pruneSnapshots(this.segments.all);
    this.ports.disk.flushDirectory(this.directory);
    this.savedOffset = this.endOffset;
  }

  private moveStart(offset: number): void {
    if (offset <= this.startOffset) return;
    this.startOffset = offset;
    this.orFail('the log start offset could not be written', () => {
      this.host.logStartMoved(this);
      this.epochs.truncateStart(offset);
    });
  }

  private orFail<T>(what: string, action: () => T): T {
    try {
      return action();
    } catch (cause) {
      throw this.commit.fail(cause, `${this.topic}-${this.partition}: ${what}`);
    }
  }

  private requireUsable(): void {
    if (this.commit.failure !== undefined) throw this.commit.failure;
    if (this.isClosing || this.isClosed)
      throw new ProtocolError('KAFKA_STORAGE_ERROR', `${this.topic}-${this.partition} is closed`);
  }

  private requireReadable(offset: number): void {
    this.requireUsable();
    if (offset >= this.startOffset && offset <= this.endOffset) return;
    const range = `${this.startOffset} to ${this.endOffset}`;
    throw new ProtocolError('OFFSET_OUT_OF_RANGE', `${this.topic}-${this.partition} holds ${range}, not ${offset}`);
  }
}
