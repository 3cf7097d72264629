// A data directory: the lock that keeps other processes out, its identity, and the partitions in it. It keeps the files that speak of all
// partitions: recovery points, log start offsets, high watermarks, and the mark of a clean shutdown, which is gone as soon as the
// directory is open. Recovery points are moved on as data comes in, so that what a crash leaves to scan stays small.

import type { ProtocolError } from '../base/errors.js';
import { UsageError } from '../base/errors.js';
import type { Timer } from '../ports/clock.js';
import type { DirectoryLock } from '../ports/disk.js';
import type { Ports } from '../ports/ports.js';
import { parsePartitionDirectory, partitionDirectoryName } from './file-names.js';
import { TailBudget } from './hot-tail.js';
import type { FlushPolicy, LogConfig } from './log-config.js';
import type { HostedLog, LogHost } from './log-host.js';
import { loadMetaProperties, type MetaProperties } from './meta-properties.js';
import { OffsetCheckpoint } from './offset-checkpoint.js';
import { readTopicId } from './partition-files.js';
import { PartitionLog } from './partition-log.js';
import { removeTree } from './remove-tree.js';

export interface LogDirectoryOptions {
  readonly directory: string;
  readonly nodeId: number;
  /** For a directory that is new; an existing one must have the same. Random, or the directory's own, when left out. */
  readonly clusterId?: string;
  readonly flush: FlushPolicy;
  /** Bytes of appended batches that all partitions together keep in memory for readers. */
  readonly tailBytesMax?: number;
  /** Recovery points are written at least this often while something is appended, */
  readonly checkpointIntervalMs?: number;
  /** and whenever so many bytes were appended. */
  readonly checkpointBytes?: number;
}

export interface TopicPartition {
  readonly topic: string;
  readonly partition: number;
}

export type PartitionConfig = Omit<LogConfig, 'flush'>;

const cleanShutdownFile = '.kafka_cleanshutdown';
const deleteSuffix = '-delete';

export class LogDirectory {
  readonly clusterId: string;
  readonly directoryId: string;
  /** Told when a log can no longer be written. One listener. */
  onFailed: ((log: HostedLog, failure: ProtocolError) => void) | undefined;

  private readonly ports: Ports;
  private readonly options: LogDirectoryOptions;
  private readonly lock: DirectoryLock;
  private readonly isCleanShutdown: boolean;
  private readonly recoveryPoints: OffsetCheckpoint;
  private readonly startOffsets: OffsetCheckpoint;
  private readonly highWatermarks: OffsetCheckpoint;
  private readonly opened = new Map<string, PartitionLog>();
  private readonly host: LogHost;
  /** Of batches, to all its logs, since it was opened. */
  appendCount = 0;
  private bytesSinceCheckpoint = 0;
  private timer: Timer | undefined;
  private checkpointing: Promise<void> | undefined;
  private hasFailed = false;

  private constructor(ports: Ports, options: LogDirectoryOptions, lock: DirectoryLock) {
    const { directory } = options;
    this.ports = ports;
    this.options = options;
    this.lock = lock;
    // A process that was killed may have renamed files that it could not make durable: what is believed now must not be gone later.
    ports.disk.flushDirectory(directory);
    const identity: MetaProperties = loadMetaProperties(ports, directory, options);
    this.clusterId = identity.clusterId;
    this.directoryId = identity.directoryId;
    this.recoveryPoints = new OffsetCheckpoint(ports, `${directory}/recovery-point-offset-checkpoint`);
    this.startOffsets = new OffsetCheckpoint(ports, `${directory}/log-start-offset-checkpoint`);
    this.highWatermarks = new OffsetCheckpoint(ports, `${directory}/replication-offset-checkpoint`);
    this.isCleanShutdown = this.takeCleanShutdownMark();
    for (const name of ports.disk.list(directory)) {
      if (name.endsWith(deleteSuffix)) removeTree(ports.disk, `${directory}/${name}`);
    }
    this.host = {
      tail: new TailBudget(options.tailBytesMax ?? 32 * 1024 * 1024),
      logStartMoved: log => this.saveStart(log),
      appended: sizeBytes => this.appended(sizeBytes),
      failed: (log, failure) => {
        this.noteFailure();
        this.onFailed?.(log, failure);
      },
    };
  }

  /** Opens or makes the directory. Rejects with UsageError when another process holds it, or it is another node's. */
  static async open(ports: Ports, options: LogDirectoryOptions): Promise<LogDirectory> {
    ports.disk.makeDirectory(options.directory);
    const lock = await ports.disk.lockDirectory(options.directory);
    try {
      return new LogDirectory(ports, options, lock);
    } catch (cause) {
      await lock.release();
      throw cause;
    }
  }

  /** What is on disk, whether opened or not; `topicId` is undefined where a crash came before it was written. */
  partitionsOnDisk(): readonly (TopicPartition & { readonly topicId: string | undefined })[] {
    const { directory } = this.options;
    return this.ports.disk.list(directory).flatMap(name => {
      const parsed = name.endsWith(deleteSuffix) ? undefined : parsePartitionDirectory(name);
      return parsed === undefined ? [] : [{ ...parsed, topicId: readTopicId(this.ports, `${directory}/${name}`) }];
    });
  }

  /** Opens the partition's log, recovering it if need be, or creates it. The log that is open already is handed out again. */
  openLog(wanted: TopicPartition & { readonly topicId: string; readonly config: PartitionConfig }): PartitionLog {
    const { topic, partition, topicId } = wanted;
    const name = partitionDirectoryName(topic, partition);
    const open = this.opened.get(name);
    if (open !== undefined) return open;
    const directory = `${this.options.directory}/${name}`;
    const onDisk = readTopicId(this.ports, directory);
    if (onDisk !== undefined && onDisk !== topicId) {
      throw new UsageError(`${directory} belongs to topic id ${onDisk}, not ${topicId}: remove it first`);
    }
    // What is known may be of a partition of that name whose removal a crash has cut short.
    if (!this.ports.disk.exists(directory)) this.forgetOffsets(topic, partition);
    const recoveryPoint = this.recoveryPoints.get(topic, partition);
    const log = PartitionLog.open(this.ports, {
      directory,
      topic,
      topicId,
      partition,
      config: { ...wanted.config, flush: this.options.flush },
      isCleanShutdown: this.isCleanShutdown,
      recoveryPoint,
      logStartOffset: this.startOffsets.get(topic, partition),
      host: this.host,
    });
    this.opened.set(name, log);
    // A recovery point beyond the end would let the next recovery believe what is appended from now on.
    if (recoveryPoint > log.logEndOffset) this.saveRecoveryPoint(log, log.logEndOffset);
    return log;
  }

  log(topic: string, partition: number): PartitionLog | undefined {
    return this.opened.get(partitionDirectoryName(topic, partition));
  }

  logs(): Iterable<PartitionLog> {
    return this.opened.values();
  }

  /** Removes the partition for good: it is renamed durably, then its files are deleted. */
  async removeLog(topic: string, partition: number): Promise<void> {
    const { disk, random } = this.ports;
    const name = partitionDirectoryName(topic, partition);
    const log = this.opened.get(name);
    this.opened.delete(name);
    log?.discard();
    const path = `${this.options.directory}/${name}`;
    if (!disk.exists(path)) return;
    const token = Buffer.from(random.bytes(16)).toString('hex');
    const doomed = `${this.options.directory}/${name.slice(0, 200)}.${token}${deleteSuffix}`;
    disk.rename(path, doomed);
    disk.flushDirectory(this.options.directory);
    this.forgetOffsets(topic, partition);
    removeTree(disk, doomed);
  }

  /** Flushes every log and writes recovery points and high watermarks. Calls while one is under way share it. */
  checkpoint(): Promise<void> {
    this.checkpointing ??= this.checkpointAll().finally(() => {
      this.checkpointing = undefined;
    });
    return this.checkpointing;
  }

  /**
   * Flushes and closes every log, and marks the shutdown as clean. Not where a log has failed, nor where one was not opened: what a
   * crash has left in it is still to be recovered.
   */
  async close(): Promise<void> {
    this.timer?.cancel();
    try {
      await this.checkpoint().catch(() => this.noteFailure());
      for (const log of this.opened.values()) await log.close().catch(() => this.noteFailure());
      if (!this.hasFailed && this.isEveryLogOpen()) this.markCleanShutdown();
    } finally {
      await this.lock.release();
    }
  }

  private async checkpointAll(): Promise<void> {
    this.timer?.cancel();
    this.timer = undefined;
    this.bytesSinceCheckpoint = 0;
    let isChanged = false;
    for (const log of [...this.opened.values()]) {
      if (log.failure !== undefined) continue;
      const recoveryPoint = await log.checkpoint();
      if (this.log(log.topic, log.partition) !== log) continue; // removed meanwhile
      isChanged = this.recoveryPoints.set(log.topic, log.partition, recoveryPoint) || isChanged;
      this.highWatermarks.set(log.topic, log.partition, log.highWatermark);
    }
    if (!isChanged) return;
    this.recoveryPoints.save();
    this.highWatermarks.save();
  }

  private forgetOffsets(topic: string, partition: number): void {
    for (const checkpoint of [this.recoveryPoints, this.startOffsets, this.highWatermarks]) {
      if (checkpoint.delete(topic, partition)) checkpoint.save();
    }
  }

  private appended(sizeBytes: number): void {
    this.appendCount++;
    this.bytesSinceCheckpoint += sizeBytes;
    if (this.checkpointing !== undefined) return;
    if (this.bytesSinceCheckpoint > (this.options.checkpointBytes ?? 64 * 1024 * 1024)) {
      this.checkpoint().catch(() => undefined); // the log that failed has said so
    } else {
      this.timer ??= this.ports.clock.setTimer(
        this.options.checkpointIntervalMs ?? 60_000,
        () => void this.checkpoint().catch(() => undefined),
        { isBackground: true },
      );
    }
  }

  private isEveryLogOpen(): boolean {
    return this.partitionsOnDisk().every(({ topic, partition }) => this.log(topic, partition) !== undefined);
  }

  private noteFailure(): void {
    this.hasFailed = true;
  }

  private saveRecoveryPoint(log: PartitionLog, offset: number): void {
    this.recoveryPoints.set(log.topic, log.partition, offset);
    this.recoveryPoints.save();
  }

  private saveStart(log: HostedLog): void {
    if (this.startOffsets.set(log.topic, log.partition, log.logStartOffset)) this.startOffsets.save();
  }

  private takeCleanShutdownMark(): boolean {
    const { disk } = this.ports;
    const path = `${this.options.directory}/${cleanShutdownFile}`;
    if (!disk.exists(path)) return false;
    disk.removeFile(path);
    disk.flushDirectory(this.options.directory);
    return true;
  }

  private markCleanShutdown(): void {
    const path = `${this.options.directory}/${cleanShutdownFile}`;
    this.ports.disk.replaceFile(path, Buffer.from('{"version":0,"brokerEpoch":-1}'));
  }
}
