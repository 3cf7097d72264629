import type { SourceBatch, SourceContext, SourceOffset, SourceTask } from '../../connect/api/index.js';
import { type FileSourceConfig, fileSourceConfig } from '../../connectors/file/file-source-config.js';
import { fileSource } from '../../connectors/file/index.js';
import { nodePorts } from '../../core/platform/node-ports.js';

/** Runs the file source without a log: what it hands out is acknowledged at once, and kept as a runtime would keep it. */
export class FileReading {
  readonly values: unknown[] = [];
  readonly bad: { raw: string; line: number; offset: number }[] = [];
  readonly messages: string[] = [];
  offset: SourceOffset | undefined;
  #task: SourceTask | undefined;
  #abort = new AbortController();

  async start(config: Partial<Record<keyof FileSourceConfig, unknown>>): Promise<this> {
    const { clock } = nodePorts();
    const log = (message: string) => void this.messages.push(message);
    const context: SourceContext = {
      connector: 'test',
      task: 0,
      logger: { debug: log, info: log, warn: log, error: log },
      clock,
      metrics: { count: () => {}, gauge: () => {} },
      signal: this.#abort.signal,
      failpoint: () => {},
      offset: () => this.offset,
      offsets: () => [],
    };
    this.#task = await fileSource.start(fileSourceConfig.parse({ 'poll.interval.ms': 1, ...config }), context);
    return this;
  }

  /** Polls until the source has ended, or has found nothing `idle` times in a row. */
  async read(idle = 4): Promise<this> {
    for (let idles = 0; idles < idle; ) {
      const polled = await this.#task!.poll!(this.#abort.signal);
      if (polled === 'ended') break;
      for (const batch of polled) this.#take(batch);
      idles = polled.length === 0 ? idles + 1 : 0;
    }
    return this;
  }

  /** What was read since the last call. */
  take(): unknown[] {
    return this.values.splice(0);
  }

  async stop(): Promise<void> {
    this.#abort.abort();
    await this.#task?.close?.();
    this.#abort = new AbortController();
  }

  #take(batch: SourceBatch): void {
    for (const record of batch.records) this.values.push(record.value);
    for (const { raw, position } of batch.bad ?? []) {
      this.bad.push({ raw: String(raw), line: Number(position['line']), offset: Number(position['offset']) });
    }
    // As through the offsets topic: what is not JSON would not come back.
    this.offset = JSON.parse(JSON.stringify(batch.offset)) as SourceOffset;
  }
}
