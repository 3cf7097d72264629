import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import type { SinkContext, SinkRecord, SinkTask, TopicOffset, TopicPartition } from '../../connect/api/index.js';
import type { FileSinkConfig } from '../../connectors/file/file-sink-config.js';
import { fileSinkConfig } from '../../connectors/file/file-sink-config.js';
import { fileSink } from '../../connectors/file/index.js';
import { nodePorts } from '../../core/platform/node-ports.js';

/** Runs tasks of the file sink without a log: it keeps what the group would have committed. */
export class FileWriting {
  readonly committed = new Map<string, TopicOffset>();
  readonly rejected: { readonly offset: number; readonly message: string }[] = [];
  readonly #config: FileSinkConfig;
  readonly #partitions: readonly TopicPartition[];
  #task: SinkTask | undefined;
  #nowMs = 0;

  constructor(
    config: Partial<Record<keyof FileSinkConfig, unknown>>,
    partitions: readonly TopicPartition[] = [{ topic: 't', partition: 0 }],
  ) {
    this.#config = fileSinkConfig.parse(config);
    this.#partitions = partitions;
  }

  /** Starts a task in the place of the one before, which is left as it is. Returns where it is read from. */
  async start(failpoint: (name: string) => void = () => {}): Promise<ReadonlyMap<string, number>> {
    this.#task = await fileSink.start(this.#config, this.#context(failpoint));
    const committed = [...this.committed.values()];
    const positions = new Map(committed.map(each => [idOf(each), each.offset]));
    for (const own of (await this.#task.open!(this.#partitions, committed)) ?? []) positions.set(idOf(own), own.offset);
    return positions;
  }

  get task(): SinkTask {
    return this.#task!;
  }

  /** Lets time pass on the connector's clock. */
  pass(ms: number): void {
    this.#nowMs += ms;
  }

  async put(records: readonly SinkRecord[]): Promise<void> {
    const { topic, partition } = records[0] ?? this.#partitions[0]!;
    await this.#task!.put([{ topic, partition, records }]);
  }

  async commit(why: 'interval' | 'closing' = 'interval'): Promise<void> {
    for (const offset of await this.#task!.preCommit!(why)) this.committed.set(idOf(offset), offset);
  }

  /** Everything is written, and the task gone. */
  async end(): Promise<void> {
    await this.commit('closing');
    await this.#task!.close!(this.#partitions);
    await this.#task!.stop!();
  }

  #context(failpoint: (name: string) => void): SinkContext {
    const { clock } = nodePorts();
    const quiet = () => {};
    return {
      connector: 'test',
      task: 0,
      logger: { debug: quiet, info: quiet, warn: quiet, error: quiet },
      clock: {
        now: () => this.#nowMs,
        monotonic: () => this.#nowMs,
        sleep: (ms, signal) => clock.sleep(ms, signal),
        yield: () => clock.yield(),
      },
      metrics: { count: quiet, gauge: quiet },
      signal: new AbortController().signal,
      failpoint,
      reject: async ({ offset }, { message }) => void this.rejected.push({ offset, message }),
      requestCommit: quiet,
    };
  }
}

/** A record of the topic `t`. */
export function sinkRecord(offset: number, value: unknown, more: Partial<SinkRecord> = {}): SinkRecord {
  return { topic: 't', partition: 0, offset, key: null, value, timestamp: 0, headers: [], ...more };
}

/** The bytes of each file below the directory, unpacked, in the order of their names. */
export async function writtenFiles(directory: string): Promise<ReadonlyMap<string, Buffer>> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true });
  const paths = entries
    .filter(entry => entry.isFile())
    .map(entry => join(entry.parentPath, entry.name).slice(directory.length + 1));
  const files = new Map<string, Buffer>();
  for (const path of paths.sort((one, other) => (one < other ? -1 : 1))) {
    const bytes = await readFile(join(directory, path));
    files.set(path, path.endsWith('.gz') ? gunzipSync(bytes) : bytes);
  }
  return files;
}

function idOf({ topic, partition }: TopicPartition): string {
  return `${topic}+${partition}`;
}
