// All that is written of one topic partition: a file for each folder its records go to.
//
// Files of different folders are finished at different times, so a file covers the offsets between its first and last record that belong into its
// folder, and no others. Two rules follow: what may be committed is the first offset of the oldest file that is not finished; and a record
// that comes again is left out when the names in its folder already reach as far (`written`).

import {
  DataError,
  type SinkContext,
  type SinkRecord,
  type TopicOffset,
  type TopicPartition,
} from '../../connect/api/index.js';
import type { FileSinkConfig } from './file-sink-config.js';
import { OutputFile } from './output-file.js';
import type { PartitionClaim } from './partition-claim.js';
import { fieldIn, type PathFormat } from './path-format.js';
import type { SinkFormat } from './sink-format.js';
import { timestampOf } from './timestamp-format.js';

export interface PartitionOutputParts {
  /** Absolute. */
  readonly directory: string;
  readonly partition: TopicPartition;
  readonly config: FileSinkConfig;
  readonly context: SinkContext;
  readonly claim: PartitionClaim;
  readonly format: SinkFormat;
  readonly paths: PathFormat;
  /** The last offset that is in a finished file, by folder. */
  readonly written: ReadonlyMap<string, number>;
}

export class PartitionOutput {
  readonly #parts: PartitionOutputParts;
  readonly #files = new Map<string, OutputFile>();
  /** No record behind it is in a finished file. */
  readonly #writtenMax: number;
  readonly #intervalMs: number;
  readonly #timeOf: (record: SinkRecord) => number;
  /** Offset of the next record; undefined before the first. */
  #next: number | undefined;
  #committed: number | undefined;
  /** The youngest record so far. */
  #streamTimeMs = Number.NEGATIVE_INFINITY;

  constructor(parts: PartitionOutputParts) {
    this.#parts = parts;
    this.#writtenMax = Math.max(-1, ...parts.written.values());
    this.#intervalMs = parts.config['rotate.interval.ms'] ?? Number.POSITIVE_INFINITY;
    this.#timeOf = timeReader(parts.config);
  }

  /** After a RetriableError the same records may be put again: those that were taken are left out. */
  async put(records: readonly SinkRecord[]): Promise<void> {
    for (const file of this.#files.values()) await this.#advance(file);
    for (const record of records) {
      if (this.#next !== undefined && record.offset < this.#next) continue;
      const taken = this.#taken(record);
      // Most records find their file open, and wait for nothing.
      const file = taken instanceof Promise ? await taken : taken;
      this.#next = record.offset + 1;
      if (file !== undefined && (file.hasChunk || this.#isFull(file))) await this.#advance(file);
    }
    await this.#finishWhere(file => file.closesAtMs <= this.#streamTimeMs);
  }

  /** Finishes what has been open for too long, or everything. */
  async finishDue(why: 'interval' | 'closing'): Promise<void> {
    const oldest = this.#parts.context.clock.monotonic() - this.#parts.config['rotate.schedule.interval.ms'];
    await this.#finishWhere(file => why === 'closing' || file.startedAt <= oldest);
  }

  /** How far everything is in finished files, where that is further than at the last call. */
  takeCommittable(): TopicOffset | undefined {
    if (this.#next === undefined) return undefined;
    let offset = this.#next;
    for (const file of this.#files.values()) offset = Math.min(offset, file.start);
    if (offset === this.#committed) return undefined;
    this.#committed = offset;
    return { ...this.#parts.partition, offset };
  }

  /** Drops what is not finished, and leaves the partition to others. */
  async discard(): Promise<void> {
    for (const file of this.#files.values()) await file.discard();
    this.#files.clear();
    await this.#parts.claim.release();
  }

  /** The file that has taken the record; undefined when no file has to. A record that no file can take is rejected. */
  #taken(record: SinkRecord): OutputFile | undefined | Promise<OutputFile | undefined> {
    try {
      if (record.flat === undefined && record.value === null && this.#leavesOut()) return undefined;
      const timeMs = this.#timeOf(record);
      const folder = this.#parts.paths.pathOf(record, timeMs);
      if (record.offset <= this.#writtenMax && record.offset <= (this.#parts.written.get(folder) ?? -1))
        return undefined;
      if (timeMs > this.#streamTimeMs) this.#streamTimeMs = timeMs;
      const file = this.#files.get(folder);
      if (file !== undefined && timeMs < file.closesAtMs && file.add(record)) return file;
      return this.#takenByNew(folder, record, timeMs).catch(error => this.#rejected(record, error));
    } catch (error) {
      return this.#rejected(record, error);
    }
  }

  async #rejected(record: SinkRecord, error: unknown): Promise<undefined> {
    if (!(error instanceof DataError)) throw error;
    await this.#parts.context.reject(record, error);
  }

  #leavesOut(): boolean {
    const behavior = this.#parts.config['behavior.on.null.values'];
    if (behavior === 'fail') throw new DataError('the record has no value, and behavior.on.null.values is "fail"');
    return behavior === 'ignore';
  }

  async #takenByNew(folder: string, record: SinkRecord, timeMs: number): Promise<OutputFile> {
    const { config, context } = this.#parts;
    const last = this.#files.get(folder);
    if (last !== undefined) await this.#finish(folder, last);
    const file = new OutputFile({
      ...this.#parts,
      folder,
      isCompressed: config['file.compression.type'] === 'gzip' && config.format !== 'parquet',
      failpoint: name => context.failpoint(name),
    });
    if (!file.add(record)) throw new Error('a file that is empty has no place for a record');
    if (this.#files.size >= config['open.files.max']) await this.#finishOldest();
    await file.open();
    file.startedAt = context.clock.monotonic();
    // A record that is late opens no file that is at once to be closed.
    file.closesAtMs = Math.max(timeMs, this.#streamTimeMs) + this.#intervalMs;
    this.#files.set(folder, file);
    return file;
  }

  #isFull(file: OutputFile): boolean {
    const { config } = this.#parts;
    return file.recordCount >= config['flush.size'] || file.sizeBytes >= config['file.bytes.max'];
  }

  /** Writes what is gathered, and finishes what is full. */
  async #advance(file: OutputFile): Promise<void> {
    if (file.hasChunk) await file.write();
    if (this.#isFull(file)) await this.#finishWhere(each => each === file);
  }

  async #finishWhere(isDue: (file: OutputFile) => boolean): Promise<void> {
    for (const [folder, file] of this.#files) if (isDue(file)) await this.#finish(folder, file);
  }

  async #finishOldest(): Promise<void> {
    const [[folder, file]] = [...this.#files].sort(([, one], [, other]) => one.start - other.start) as [
      [string, OutputFile],
    ];
    await this.#finish(folder, file);
  }

  async #finish(folder: string, file: OutputFile): Promise<void> {
    await file.finish();
    this.#files.delete(folder);
  }
}

function timeReader(config: FileSinkConfig): (record: SinkRecord) => number {
  const field = config['timestamp.field'];
  if (field === undefined) return record => record.timestamp;
  const names = field.split('.');
  const format = config['timestamp.format'];
  return record => {
    const value = fieldIn(record.value, names);
    // What has no value has no field either.
    if (record.value === null) return record.timestamp;
    return value instanceof Date ? value.getTime() : timestampOf(value, format, field);
  };
}
