// Reads one file, and in `tail` mode the files that take its name after it. Like tail -F: a renamed file is read to its end through the open
// handle before the new one is opened; a truncated or rewritten one is read from its start; a last line without a line end is held until it has one.

import { type FileHandle, stat } from 'node:fs/promises';
import { normalize } from 'node:path';
import type { Polled, SourceBatch, SourceContext, SourceTask } from '../../connect/api/index.js';
import { type FileIdentity, fileIdentity, hasSameHead, isProvisional, offsetOfPlace } from './file-identity.js';
import type { FileSourceConfig } from './file-source-config.js';
import { RecordReader, type RecordReaderOptions } from './record-reader.js';
import { type OpenedFile, openIfThere } from './resume.js';

export class FileSourceTask implements SourceTask {
  readonly #config: FileSourceConfig;
  readonly #context: SourceContext;
  readonly #options: RecordReaderOptions;
  readonly #reader: RecordReader;
  #file: FileHandle;
  #identity: FileIdentity;
  #sizeBytes = 0;
  /** How often in a row the end was found. */
  #ends = 0;
  #hasEnded = false;

  private constructor(
    config: FileSourceConfig,
    context: SourceContext,
    options: RecordReaderOptions,
    opened: StartingPoint,
  ) {
    this.#config = config;
    this.#context = context;
    this.#options = options;
    this.#reader = new RecordReader(options);
    this.#reader.moveTo(opened.position, opened.line);
    this.#file = opened.handle;
    this.#identity = opened.identity;
  }

  static async start(
    config: FileSourceConfig,
    context: SourceContext,
    options: RecordReaderOptions,
    opened: OpenedFile,
  ): Promise<FileSourceTask> {
    const identity = await fileIdentity(opened.handle, opened.position);
    const task = new FileSourceTask(config, context, options, { ...opened, identity });
    await task.#readHeader();
    return task;
  }

  async poll(signal: AbortSignal): Promise<Polled> {
    if (this.#hasEnded) return 'ended';
    if (this.#ends > 0 && this.#config.mode === 'tail') await this.#beginAgainIfRewritten();
    while ((await readInto(this.#reader, this.#file)) > 0) {
      this.#ends = 0;
      const batch = await this.#take(false);
      if (batch !== undefined) return [batch];
    }
    const last = await this.#atEnd(signal);
    return last === undefined ? [] : [last];
  }

  async close(): Promise<void> {
    await this.#file.close();
  }

  /** Lets the format learn the head of the file (the csv header), so that unknown columns are found at once and a resumed file has its names. */
  async #readHeader(): Promise<void> {
    const head = new RecordReader({ ...this.#options, toRecord: () => undefined });
    while (!this.#options.format.isReady && head.readPosition <= this.#options.lineBytesMax) {
      if ((await readInto(head, this.#file)) === 0) return;
      head.take(false);
    }
    if (this.#reader.position === 0) this.#options.format.reset();
  }

  async #take(isEnd: boolean): Promise<SourceBatch | undefined> {
    const taken = this.#reader.take(isEnd);
    if (taken === undefined) return undefined;
    const { position, line } = this.#reader;
    if (isProvisional(this.#identity)) this.#identity = await fileIdentity(this.#file, position);
    if (position > this.#sizeBytes) this.#sizeBytes = (await this.#file.stat()).size;
    return {
      partition: { filename: normalize(this.#config.file) },
      offset: offsetOfPlace({ position, line, identity: this.#identity }),
      records: taken.records,
      bad: taken.badRecords,
      progress: { bytes: position, bytesTotal: this.#sizeBytes },
    };
  }

  async #atEnd(signal: AbortSignal): Promise<SourceBatch | undefined> {
    this.#ends++;
    if (this.#config.mode === 'once') {
      this.#hasEnded = true;
      return this.#take(true);
    }
    // Who renamed the file may still write to it for a moment: the end has to be found twice before the new file is opened.
    if (this.#ends > 1 && (await this.#isReplaced())) return this.#turnToNewFile();
    await this.#context.clock.sleep(this.#config['poll.interval.ms'], signal).catch(() => undefined);
    return undefined;
  }

  async #isReplaced(): Promise<boolean> {
    const now = await stat(this.#config.file).catch(() => undefined);
    return now !== undefined && (now.ino !== this.#identity.inode || now.dev !== this.#identity.device);
  }

  async #turnToNewFile(): Promise<SourceBatch | undefined> {
    const next = await openIfThere(this.#config.file);
    if (next === undefined) return undefined;
    const last = await this.#take(true);
    this.#context.logger.info(`${this.#config.file} was replaced: going on with the new file`);
    await this.#file.close();
    this.#file = next;
    await this.#beginAgain();
    return last;
  }

  async #beginAgainIfRewritten(): Promise<void> {
    const { size } = await this.#file.stat();
    const isTruncated = size < this.#reader.readPosition;
    if (!isTruncated && (size === this.#sizeBytes || (await hasSameHead(this.#file, this.#identity)))) {
      this.#sizeBytes = size;
      return;
    }
    this.#context.logger.warn(
      `${this.#config.file} was ${isTruncated ? 'truncated' : 'rewritten'}: reading it from its start`,
    );
    await this.#beginAgain();
  }

  async #beginAgain(): Promise<void> {
    this.#reader.moveTo(0, 1);
    this.#options.format.reset();
    this.#identity = await fileIdentity(this.#file, 0);
    this.#sizeBytes = 0;
    this.#ends = 0;
  }
}

type StartingPoint = OpenedFile & { readonly identity: FileIdentity };

async function readInto(reader: RecordReader, file: FileHandle): Promise<number> {
  const { buffer, at, length } = reader.space();
  const { bytesRead } = await file.read(buffer, at, length, reader.readPosition);
  reader.filled(bytesRead);
  return bytesRead;
}
