// Reads the lines of one file by byte offset. Kafka Connect's own counts characters and goes on by bytes, so that it resumes wrong in text that is not ASCII.

import { type FileHandle, stat } from 'node:fs/promises';
import type {
  BadRecord,
  Polled,
  SourceBatch,
  SourceContext,
  SourceRecord,
  SourceTask,
} from '../../connect/api/index.js';
import { openIfThere } from './file-cursor.js';
import { tooLong } from './line-limit.js';

const chunkBytes = 64 * 1024;
const lineBytesMax = 16 * 1024 * 1024;
const idleMs = 200;
const lineFeed = 0x0a;
const carriageReturn = 0x0d;

export interface FileStreamOptions {
  readonly file: string;
  /** Of one poll. */
  readonly linesMax: number;
}

export class FileStreamSourceTask implements SourceTask {
  readonly #options: FileStreamOptions;
  readonly #context: SourceContext;
  #handle: FileHandle | undefined;
  /** What has been read behind `#position`. */
  #held: Buffer = Buffer.alloc(0);
  /** Where the next line begins. */
  #position: number;
  #isWaiting = false;

  constructor(options: FileStreamOptions, context: SourceContext) {
    this.#options = options;
    this.#context = context;
    this.#position = Number(context.offset({ filename: options.file })?.['position'] ?? 0);
  }

  async poll(signal: AbortSignal): Promise<Polled> {
    const file = await this.#opened();
    if (file !== undefined) {
      const batch = this.#take() ?? ((await this.#readMore(file)) ? this.#take() : undefined);
      if (batch !== undefined) return [batch];
      if (!(await this.#isAtEnd(file))) return [];
    }
    await this.#context.clock.sleep(idleMs, signal).catch(() => undefined);
    return [];
  }

  async close(): Promise<void> {
    await this.#handle?.close();
  }

  async #opened(): Promise<FileHandle | undefined> {
    this.#handle ??= await openIfThere(this.#options.file);
    if (this.#handle === undefined && !this.#isWaiting) {
      this.#context.logger.warn(`there is no ${this.#options.file} yet: waiting for it`);
      this.#isWaiting = true;
    }
    return this.#handle;
  }

  /** Returns false at the end of the file. */
  async #readMore(file: FileHandle): Promise<boolean> {
    const { bytesRead, buffer } = await file.read(Buffer.alloc(chunkBytes), 0, chunkBytes, this.#readPosition);
    this.#held = Buffer.concat([this.#held, buffer.subarray(0, bytesRead)]);
    return bytesRead > 0;
  }

  /** Also looks whether the file is another one by now; that one is read from its start. */
  async #isAtEnd(file: FileHandle): Promise<boolean> {
    const open = await file.stat();
    if (open.size > this.#readPosition) return false;
    const named = await stat(this.#options.file).catch(() => undefined);
    const isReplaced = named !== undefined && (named.ino !== open.ino || named.dev !== open.dev);
    if (!isReplaced && open.size === this.#readPosition) return true;
    // What was added just before it was renamed.
    if (isReplaced && (await file.stat()).size > this.#readPosition) return false;
    this.#context.logger.warn(
      `${this.#options.file} was ${isReplaced ? 'replaced' : 'truncated'}: reading it from its start`,
    );
    this.#held = Buffer.alloc(0);
    this.#position = 0;
    if (isReplaced) {
      this.#handle = undefined;
      await file.close();
    }
    return false;
  }

  get #readPosition(): number {
    return this.#position + this.#held.length;
  }

  /** The lines that have their line end; undefined when there is none. */
  #take(): SourceBatch | undefined {
    const records: SourceRecord[] = [];
    const bad: BadRecord[] = [];
    let start = 0;
    while (records.length + bad.length < this.#options.linesMax) {
      const feed = this.#held.indexOf(lineFeed, start);
      if (feed < 0) break;
      const end = feed > start && this.#held[feed - 1] === carriageReturn ? feed - 1 : feed;
      records.push({ key: null, value: this.#held.toString('utf8', start, end), valueSchema: { type: 'string' } });
      start = feed + 1;
    }
    if (start === 0 && this.#held.length > lineBytesMax) {
      bad.push(this.#endless());
      start = this.#held.length;
    }
    if (start === 0) return undefined;
    this.#held = this.#held.subarray(start);
    this.#position += start;
    const partition = { filename: this.#options.file };
    return { partition, offset: { position: this.#position }, records, bad };
  }

  /** A line without an end would fill the memory: it is given up in pieces. */
  #endless(): BadRecord {
    const { length } = this.#held;
    const position = { file: this.#options.file, offset: this.#position };
    return { raw: this.#held.subarray(0, chunkBytes), error: tooLong(length, lineBytesMax), position };
  }
}
