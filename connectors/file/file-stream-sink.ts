import { type FileHandle, open } from 'node:fs/promises';
import { z } from 'zod';
import {
  ConfigError,
  defineSink,
  option,
  RetriableError,
  type SinkBatch,
  type SinkTask,
  type TopicOffset,
} from '../../connect/api/index.js';

/**
 * Kafka Connect's FileStreamSink, for configurations that were written for it: appends a line a record to one file, a text as it is and anything else as JSON. At least
 * once; `fileSink` writes each record exactly once.
 */
export const fileStreamSink = defineSink({
  name: 'file-stream-sink',
  version: '0.2.0',
  description: "Appends the values of records to a file, as Kafka Connect's FileStreamSink.",
  config: z.object({
    file: option.text().optional().describe('Destination filename. If not specified, the standard output will be used'),
  }),
  converters: () => ({ key: 'string', value: 'string' }),
  alterOffsets: () => true,
  async start({ file }) {
    if (file === undefined) throw new ConfigError('file: name a file: a worker has no standard output to write to');
    const handle = await open(file, 'a').catch((error: Error) => {
      throw new ConfigError(`file: ${file} cannot be written: ${error.message}`, { cause: error });
    });
    return new FileStreamSinkTask(handle);
  },
});

class FileStreamSinkTask implements SinkTask {
  readonly #file: FileHandle;
  readonly #written = new Map<string, TopicOffset>();

  constructor(file: FileHandle) {
    this.#file = file;
  }

  async put(batches: readonly SinkBatch[]): Promise<void> {
    const lines = batches.flatMap(({ records }) => records.map(({ value }) => `${lineOf(value)}\n`));
    await this.#file.appendFile(lines.join('')).catch((error: Error) => {
      throw new RetriableError(`the file cannot be written now: ${error.message}`, { cause: error });
    });
    for (const { topic, partition, records } of batches) {
      const last = records.at(-1);
      if (last !== undefined) this.#written.set(`${topic}-${partition}`, { topic, partition, offset: last.offset + 1 });
    }
  }

  async preCommit(): Promise<readonly TopicOffset[]> {
    if (this.#written.size > 0) await this.#file.datasync();
    const offsets = [...this.#written.values()];
    this.#written.clear();
    return offsets;
  }

  close(): void {
    this.#written.clear();
  }

  async stop(): Promise<void> {
    await this.#file.close();
  }
}

function lineOf(value: unknown): string {
  if (typeof value === 'string') return value;
  if (value instanceof Uint8Array) return Buffer.from(value).toString();
  const text = JSON.stringify(value, (_key, each: unknown) => (typeof each === 'bigint' ? String(each) : each));
  return text ?? 'null';
}
