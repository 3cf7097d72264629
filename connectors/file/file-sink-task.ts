import { readdir } from 'node:fs/promises';
import {
  DataError,
  type SinkBatch,
  type SinkContext,
  type SinkRecord,
  type SinkTask,
  type TopicOffset,
  type TopicPartition,
} from '../../connect/api/index.js';
import { committedFile } from './committed-file.js';
import type { FileSinkConfig } from './file-sink-config.js';
import { GatheredLines } from './gathered-lines.js';
import { PartitionFile } from './partition-file.js';
import { type LineOf, lineOf } from './record-line.js';

/** As much text as is gathered before it is written. */
const chunkCharsMax = 256 * 1024;

export class FileSinkTask implements SinkTask {
  readonly #config: FileSinkConfig;
  readonly #context: SinkContext;
  readonly #lineOf: LineOf;
  readonly #files = new Map<string, PartitionFile>();
  /** What was finished since the last `preCommit`. */
  readonly #finished = new Map<string, TopicOffset>();

  constructor(config: FileSinkConfig, context: SinkContext) {
    this.#config = config;
    this.#context = context;
    this.#lineOf = lineOf(config.content);
  }

  /** Claims the partitions first and looks for finished files then: what a predecessor finishes in between is seen. */
  async open(assigned: readonly TopicPartition[]): Promise<readonly TopicOffset[]> {
    const { directory } = this.#config;
    const failpoint = (name: string) => this.#context.failpoint(name);
    for (const partition of assigned) {
      this.#files.set(idOf(partition), await PartitionFile.claim({ directory, partition, failpoint }));
    }
    const ends = new Map<string, TopicOffset>();
    for (const name of await readdir(directory)) {
      const file = committedFile(name);
      if (file === undefined || !this.#files.has(idOf(file))) continue;
      const { topic, partition } = file;
      const offset = Math.max(file.end + 1, ends.get(idOf(file))?.offset ?? 0);
      ends.set(idOf(file), { topic, partition, offset });
    }
    return [...ends.values()].filter(end => assigned.some(each => idOf(each) === idOf(end)));
  }

  async put(batches: readonly SinkBatch[]): Promise<void> {
    for (const batch of batches) await this.#putBatch(batch);
  }

  async preCommit(why: 'interval' | 'closing'): Promise<readonly TopicOffset[]> {
    const oldest = this.#context.clock.monotonic() - this.#config['rotate.interval.ms'];
    for (const file of this.#files.values()) {
      if (file.recordCount > 0 && (why === 'closing' || file.startedAt <= oldest))
        await this.#finish(file, file.partition);
    }
    const offsets = [...this.#finished.values()];
    this.#finished.clear();
    return offsets;
  }

  async close(partitions: readonly TopicPartition[]): Promise<void> {
    for (const partition of partitions) {
      const id = idOf(partition);
      const file = this.#files.get(id);
      this.#files.delete(id);
      this.#finished.delete(id);
      await file?.discard();
    }
  }

  async stop(): Promise<void> {
    for (const file of this.#files.values()) await file.discard();
    this.#files.clear();
  }

  async #putBatch({ topic, partition, records }: SinkBatch): Promise<void> {
    const file = this.#files.get(idOf({ topic, partition }))!;
    const lines = new GatheredLines();
    for (const record of records) {
      let line: string | undefined;
      try {
        line = this.#line(record);
      } catch (error) {
        if (!(error instanceof DataError)) throw error;
        await this.#context.reject(record, error);
      }
      if (line === undefined) continue;
      lines.add(line, record.offset);
      const isFull = this.#isFull(file, lines);
      if (isFull || lines.charCount >= chunkCharsMax) this.#write(file, lines);
      if (isFull) await this.#finish(file, { topic, partition });
    }
    this.#write(file, lines);
  }

  #line(record: SinkRecord): string | undefined {
    if (record.value === null && this.#config['behavior.on.null.values'] !== 'write') {
      if (this.#config['behavior.on.null.values'] === 'ignore') return undefined;
      throw new DataError('the record has no value, and behavior.on.null.values is "fail"');
    }
    return this.#lineOf(record);
  }

  #isFull(file: PartitionFile, lines: GatheredLines): boolean {
    return (
      file.recordCount + lines.count >= this.#config['flush.size'] ||
      file.sizeBytes + lines.charCount >= this.#config['file.bytes.max']
    );
  }

  #write(file: PartitionFile, lines: GatheredLines): void {
    if (lines.count === 0) return;
    if (file.recordCount === 0) file.startedAt = this.#context.clock.monotonic();
    file.append(lines);
    lines.clear();
  }

  async #finish(file: PartitionFile, partition: TopicPartition): Promise<void> {
    const offset = await file.finish();
    this.#finished.set(idOf(partition), { ...partition, offset });
  }
}

function idOf({ topic, partition }: TopicPartition): string {
  return `${topic}+${partition}`;
}
