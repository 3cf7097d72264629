// Where bad records go: a topic, with Kafka Connect's headers saying what went wrong and where. Sources have dead letters as well as sinks; a
// source's are the raw bytes it could not read, with their position (`__connect.errors.position.*`).
// `errors.tolerance` none (the default without a dead-letter topic): the first bad record fails the task. all: it is kept aside, or, without a topic,
// counted, logged and left out. A dead letter is acknowledged before the offset of its record is committed.

import { bytes, type Producer, type RecordHeader, type TopicWriter, topic } from '../../../core/index.js';
import type { Logger } from '../../api/context.js';
import { DataError } from '../../api/errors.js';
import type { RuntimeOptions } from '../runtime-options.js';

export type Stage =
  | 'TASK_POLL'
  | 'TASK_PUT'
  | 'TRANSFORMATION'
  | 'KEY_CONVERTER'
  | 'VALUE_CONVERTER'
  | 'HEADER_CONVERTER'
  | 'KAFKA_PRODUCE';

export interface DeadLetter {
  readonly key: Uint8Array | null;
  readonly value: Uint8Array | null;
  readonly timestamp: number;
  readonly headers?: readonly RecordHeader[] | undefined;
  readonly error: Error;
  readonly stage: Stage;
  /** What threw it, where that is not the connector. */
  readonly className?: string | undefined;
  /** Where the record was read: topic, partition and offset at a sink, the source's own words at a source. */
  readonly position: Readonly<Record<string, string | number>>;
}

export interface DeadLetterOptions {
  readonly connector: string;
  readonly className: string;
  readonly task: number;
  readonly runtime: RuntimeOptions;
  readonly logger: Logger;
  counted(): void;
  /** Takes out of a text what nobody may see. */
  hidden?(text: string): string;
}

export class DeadLetters {
  readonly #options: DeadLetterOptions;
  readonly #writer: TopicWriter<Uint8Array, Uint8Array> | undefined;
  /** Whether there are letters that no `flush` of the producer has covered yet. */
  hasUnflushed = false;

  private constructor(options: DeadLetterOptions, writer: TopicWriter<Uint8Array, Uint8Array> | undefined) {
    this.#options = options;
    this.#writer = writer;
  }

  static async open(producer: Producer, options: DeadLetterOptions): Promise<DeadLetters> {
    const name = options.runtime['errors.deadletterqueue.topic.name'];
    const isUsed = name !== undefined && isTolerant(options.runtime);
    const writer = isUsed ? await producer.writer(topic(name, { key: bytes, value: bytes })) : undefined;
    return new DeadLetters(options, writer);
  }

  /** Keeps the letter aside. Throws DataError, saying what to do, where errors are not tolerated. */
  take(letter: DeadLetter): void {
    const { runtime, logger, connector } = this.#options;
    const what = `connector ${connector}: ${placeOf(letter.position)}: ${letter.error.message}`;
    if (!isTolerant(runtime)) throw new DataError(`${what}\n${advice(runtime)}`, { cause: letter.error });
    if (runtime['errors.log.enable'])
      logger.warn(what, { stage: letter.stage, ...letter.position, ...this.#message(letter) });
    this.#options.counted();
    if (this.#writer === undefined) return;
    this.hasUnflushed = true;
    this.#writer.append(letter.key, letter.value, letter.timestamp, -1, this.#headers(letter));
  }

  /** The record itself, where `errors.log.include.messages` wants it in the log. */
  #message({ key, value, timestamp, headers = [] }: DeadLetter): object {
    if (!this.#options.runtime['errors.log.include.messages']) return {};
    const text = (bytes: Uint8Array | null) => (bytes === null ? null : Buffer.from(bytes).toString());
    const shown = headers.map(each => [each.key, text(each.value)]);
    return { key: text(key), value: text(value), timestamp, headers: JSON.stringify(shown) };
  }

  #headers(letter: DeadLetter): readonly RecordHeader[] {
    const original = letter.headers ?? [];
    const { runtime, connector, task, className } = this.#options;
    if (!runtime['errors.deadletterqueue.context.headers.enable']) return original;
    const hidden = (text: string) => this.#options.hidden?.(text) ?? text;
    const isSink = letter.position['topic'] !== undefined;
    const facts: Record<string, string | number> = {
      ...prefixed(isSink ? '' : 'position.', letter.position),
      'connector.name': connector,
      'task.id': task,
      stage: letter.stage,
      'class.name': letter.className ?? className,
      'exception.class.name': letter.error.name,
      'exception.message': hidden(letter.error.message),
      'exception.stacktrace': hidden(letter.error.stack ?? ''),
    };
    return [...original, ...Object.entries(facts).map(([key, fact]) => header(`__connect.errors.${key}`, fact))];
  }
}

/** Naming a dead-letter topic says that the run shall go on. */
export function isTolerant(runtime: RuntimeOptions): boolean {
  return (
    (runtime['errors.tolerance'] ?? (runtime['errors.deadletterqueue.topic.name'] === undefined ? 'none' : 'all')) ===
    'all'
  );
}

function advice(runtime: RuntimeOptions): string {
  const isExplicit = runtime['errors.tolerance'] === 'none';
  return isExplicit
    ? 'errors.tolerance is "none": mend the record, or set errors.tolerance=all to go on without it'
    : 'mend it, or name a topic in errors.deadletterqueue.topic.name that keeps such records aside, or set errors.tolerance=all to leave them out';
}

/** `FILE:LINE` where the position has them, as editors and terminals link it. */
function placeOf(position: DeadLetter['position']): string {
  const { file, line, offset, topic: from, partition } = position;
  if (file !== undefined && line !== undefined)
    return `${file}:${line}${offset === undefined ? '' : ` (byte ${offset})`}`;
  if (from !== undefined) return `${from}-${partition} offset ${offset}`;
  return Object.entries(position)
    .map(([name, value]) => `${name} ${value}`)
    .join(', ');
}

function prefixed(prefix: string, position: DeadLetter['position']): Record<string, string | number> {
  return Object.fromEntries(Object.entries(position).map(([name, value]) => [`${prefix}${name}`, value]));
}

const encoder = new TextEncoder();

function header(key: string, fact: string | number): RecordHeader {
  return { key, value: encoder.encode(String(fact)) };
}
