import { resolve } from 'node:path';
import type { SinkBatch, SinkContext, SinkTask, TopicOffset, TopicPartition } from '../../connect/api/index.js';
import { diskFault } from './disk-fault.js';
import type { FileSinkConfig } from './file-sink-config.js';
import { PartitionClaim } from './partition-claim.js';
import { PartitionOutput } from './partition-output.js';
import { PathFormat } from './path-format.js';
import { sinkFormatOf } from './sink-format-of.js';
import { takeOver } from './written-files.js';

export class FileSinkTask implements SinkTask {
  /** Lines of JSON can be copied as they are, where nothing else is asked of the value. */
  readonly readsFlat: boolean;
  readonly #config: FileSinkConfig;
  readonly #context: SinkContext;
  readonly #directory: string;
  readonly #paths: PathFormat;
  readonly #outputs = new Map<string, PartitionOutput>();

  constructor(config: FileSinkConfig, context: SinkContext) {
    this.#config = config;
    this.#context = context;
    this.#directory = resolve(config.directory);
    this.#paths = new PathFormat(config['path.format']);
    const asksForFields = config['path.format'].includes('{value') || config['timestamp.field'] !== undefined;
    this.readsFlat = config.format === 'jsonl' && config.content === 'value' && !asksForFields;
  }

  /**
   * Claims the partitions first and looks for finished files then: what a predecessor finishes in between is seen. Where all records of a
   * partition share a folder, the names there say where to go on; otherwise the group does, and the names what is to be left out.
   */
  async open(
    assigned: readonly TopicPartition[],
    committed: readonly TopicOffset[] = [],
  ): Promise<readonly TopicOffset[]> {
    try {
      const written = await this.#claimAll(assigned);
      if (!this.#paths.isStatic) return [];
      return assigned.flatMap(partition => {
        const names = Math.max(-1, ...(written.get(idOf(partition))?.values() ?? [])) + 1;
        // Files may have been taken away since they were committed.
        const group = committed.find(each => idOf(each) === idOf(partition))?.offset ?? 0;
        return names > 0 ? [{ ...partition, offset: Math.max(names, group) }] : [];
      });
    } catch (error) {
      throw diskFault(`${this.#directory} cannot be opened`, error);
    }
  }

  async put(batches: readonly SinkBatch[]): Promise<void> {
    for (const batch of batches) await this.#outputs.get(idOf(batch))!.put(batch.records);
  }

  async preCommit(why: 'interval' | 'closing'): Promise<readonly TopicOffset[]> {
    for (const output of this.#outputs.values()) await output.finishDue(why);
    return [...this.#outputs.values()].flatMap(output => output.takeCommittable() ?? []);
  }

  async close(partitions: readonly TopicPartition[]): Promise<void> {
    for (const partition of partitions) {
      const output = this.#outputs.get(idOf(partition));
      this.#outputs.delete(idOf(partition));
      await output?.discard();
    }
  }

  async stop(): Promise<void> {
    for (const output of this.#outputs.values()) await output.discard();
    this.#outputs.clear();
  }

  /** Returns the last offsets that are in finished files, by folder, of each partition. */
  async #claimAll(assigned: readonly TopicPartition[]): Promise<ReadonlyMap<string, ReadonlyMap<string, number>>> {
    const claims = new Map<string, PartitionClaim>();
    for (const partition of assigned) {
      claims.set(idOf(partition), await PartitionClaim.take(this.#directory, partition));
    }
    const written = new Map<string, Map<string, number>>(assigned.map(partition => [idOf(partition), new Map()]));
    const isOwn = (partition: TopicPartition) => claims.has(idOf(partition));
    for (const root of new Set(assigned.map(partition => this.#paths.rootOf(partition)))) {
      for (const file of await takeOver(this.#directory, root, isOwn)) {
        const ends = written.get(idOf(file))!;
        ends.set(file.folder, Math.max(file.end, ends.get(file.folder) ?? -1));
      }
    }
    for (const partition of assigned)
      this.#begin(partition, claims.get(idOf(partition))!, written.get(idOf(partition))!);
    return written;
  }

  #begin(partition: TopicPartition, claim: PartitionClaim, written: ReadonlyMap<string, number>): void {
    const { topic, partition: number } = partition;
    const output = new PartitionOutput({
      directory: this.#directory,
      partition: { topic, partition: number },
      config: this.#config,
      context: this.#context,
      claim,
      format: sinkFormatOf(this.#config),
      paths: this.#paths,
      written,
    });
    this.#outputs.set(idOf(partition), output);
  }
}

function idOf({ topic, partition }: TopicPartition): string {
  return `${topic}+${partition}`;
}
