import type { Polled, SourceBatch, SourceContext, SourceOffset, SourceTask } from '../../connect/api/index.js';
import { type FileSourceConfig, fileSourceConfig } from '../../connectors/file/file-source-config.js';
import { fileSource } from '../../connectors/file/index.js';
import { nodePorts } from '../../core/platform/node-ports.js';

/** Runs the file source without a log: what it hands out is acknowledged at once, and kept as a runtime would keep it. */
export class FileReading {
  readonly values: unknown[] = [];
  readonly bad: { raw: string; line: number; offset: number }[] = [];
  readonly messages: string[] = [];
  readonly headers: (readonly { key: string; value: unknown }[])[] = [];
  /** What is committed, by file. */
  readonly offsets = new Map<string, SourceOffset>();
  /** Of the last batch. */
  offset: SourceOffset | undefined;
  progress: { readonly bytes: number; readonly bytesTotal?: number | undefined } | undefined;
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
      offset: partition => this.offsets.get(String(partition['filename'])),
      offsets: () => [...this.offsets].map(([filename, offset]) => ({ partition: { filename }, offset })),
    };
    const parsed = fileSourceConfig.parse({ 'poll.interval.ms': 1, ...config });
    this.#task = await fileSource.start(parsed, context);
    return this;
  }

  /** Polls until the source has ended, or has found nothing `idle` times in a row. Every poll is committed, unless the task dies before. */
  async read(idle = 4): Promise<this> {
    for (let idles = 0; idles < idle; ) {
      const polled = await this.poll();
      if (polled === 'ended') break;
      idles = polled.length === 0 ? idles + 1 : 0;
    }
    return this;
  }

  /** One poll; `dies`: before what it gave was committed, or before the task heard that it was. */
  async poll(dies?: 'before the commit' | 'after the commit'): Promise<Polled> {
    const polled = await this.#task!.poll!(this.#abort.signal);
    if (polled === 'ended' || dies === 'before the commit') return polled;
    for (const batch of polled) this.#take(batch);
    const committed = polled.map(({ partition }) => ({
      partition,
      offset: this.offsets.get(String(partition['filename']))!,
    }));
    if (dies === undefined && committed.length > 0) await this.#task!.committed?.(committed);
    return polled;
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
    for (const record of batch.records) {
      this.values.push(record.value);
      this.headers.push(record.headers ?? []);
    }
    for (const { raw, position } of batch.bad ?? []) {
      this.bad.push({ raw: String(raw), line: Number(position['line']), offset: Number(position['offset']) });
    }
    // As through the offsets topic: what is not JSON would not come back.
    this.offset = JSON.parse(JSON.stringify(batch.offset)) as SourceOffset;
    this.offsets.set(String(batch.partition['filename']), this.offset);
    this.progress = batch.progress;
  }
}
