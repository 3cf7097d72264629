import type { Command } from 'commander';
import type { Admin, Consumer, Log, TopicPartition } from '../../core/index.js';
import { InvalidInput } from '../exit-code.js';
import { type FieldType, fieldType } from '../field-type.js';
import { interruptSignal } from '../interrupt.js';
import { wholeNumber } from '../number-option.js';
import { Output } from '../output.js';
import { wantsJson, withLog } from '../place.js';
import { compileFormat, jsonLine, type RawRecord } from '../record-format.js';
import { parseStartPosition, type StartPosition } from '../start-position.js';

interface Options {
  readonly offset: string;
  readonly count?: number;
  readonly format: string;
  readonly partition?: number;
  readonly follow?: boolean;
  readonly keyType?: FieldType;
  readonly valueType?: FieldType;
}

/** `millrace consume TOPIC`: prints what is there and ends; with --follow it waits for more. */
export function addConsume(root: Command): void {
  root
    .command('consume')
    .description('print the records of a topic')
    .argument('<topic>', 'the topic to read')
    .option('-o, --offset <position>', 'start, end, an offset, -10 (that many before the end) or @time', 'start')
    .option('-n, --count <records>', 'end after this many records', wholeNumber(1))
    .option('-f, --format <text>', 'tokens: %k %v key and value, %K %S their sizes, %t %p %o %T %h', '%v\\n')
    .option('-p, --partition <number>', 'only this partition', wholeNumber(0))
    .option('--key-type <type>', 'text, int32, int64, float64 (as Java writes them), hex or base64', fieldType)
    .option('--value-type <type>', 'the same of values: a count is an int64', fieldType)
    .option('-F, --follow', 'wait for more at the end of the topic')
    .action(async (topic: string, options: Options, command: Command) => {
      const start = parseStartPosition(options.offset);
      const types = { key: options.keyType, value: options.valueType };
      const render = wantsJson(command)
        ? (record: RawRecord) => [jsonLine(record, types)]
        : compileFormat(options.format, types);
      await withLog(command, 'existing', async log => {
        const partitions = await partitionsOf(log.admin(), topic, options.partition);
        await using consumer = await consumerOf(log);
        const ends = await seekTo(consumer, partitions, start);
        await print(consumer, ends, options, render);
      });
    });
}

async function partitionsOf(admin: Admin, topic: string, only: number | undefined): Promise<TopicPartition[]> {
  const [description] = await admin.describeTopics([topic]);
  const count = description!.partitions.length;
  if (only !== undefined && only >= count) {
    throw new InvalidInput(`${topic} has no partition ${only} (it has ${count}: 0 to ${count - 1})`);
  }
  const numbers = only === undefined ? description!.partitions.map(({ partition }) => partition) : [only];
  return numbers.map(partition => ({ topic, partition }));
}

async function consumerOf(log: Log): Promise<Consumer<Uint8Array, Uint8Array>> {
  const { bytes } = await import('../../core/index.js');
  return log.consumer({ key: bytes, value: bytes });
}

/** Seeks each partition to where it begins; returns where it ends now. */
async function seekTo(
  consumer: Consumer<Uint8Array, Uint8Array>,
  partitions: readonly TopicPartition[],
  start: StartPosition,
): Promise<Map<number, number>> {
  consumer.assign(partitions);
  const starts = await consumer.beginningOffsets(partitions);
  const ends = await consumer.endOffsets(partitions);
  const times = start.kind === 'time' ? await consumer.offsetsForTimes(partitions, start.timestampMs) : [];
  for (const [at, place] of partitions.entries()) {
    const first = starts[at]!.offset;
    const end = ends[at]!.offset;
    const wanted = offsetOf(start, first, end, times[at]?.offset ?? end);
    consumer.seek(place, Math.min(Math.max(wanted, first), end));
  }
  return new Map(ends.map(({ partition, offset }) => [partition, offset]));
}

function offsetOf(start: StartPosition, first: number, end: number, atTime: number): number {
  switch (start.kind) {
    case 'start':
      return first;
    case 'end':
      return end;
    case 'before-end':
      return end - start.count;
    case 'offset':
      return start.offset;
    case 'time':
      return atTime;
    default:
      return start satisfies never;
  }
}

/** Prints until the count, the end (unless it follows), an interrupt, or until nobody reads. */
async function print(
  consumer: Consumer<Uint8Array, Uint8Array>,
  ends: ReadonlyMap<number, number>,
  options: Options,
  render: (record: RawRecord) => (string | Uint8Array)[],
): Promise<void> {
  const output = new Output();
  const signal = AbortSignal.any([interruptSignal(), output.gone]);
  const isWanted = (record: RawRecord): boolean =>
    options.follow === true || record.offset < ends.get(record.partition)!;
  let left = options.count ?? Number.POSITIVE_INFINITY;
  while (left > 0 && !signal.aborted) {
    if (options.follow !== true && (await hasReached(consumer, ends))) break;
    for (const record of (await pollUntil(consumer, signal)).filter(isWanted).slice(0, left)) {
      const isFull = output.write(...render(record));
      if (isFull !== undefined) await isFull;
      if (signal.aborted) break;
      left--;
    }
    if (options.follow === true) await output.flush();
  }
  await output.flush();
}

async function pollUntil(
  consumer: Consumer<Uint8Array, Uint8Array>,
  signal: AbortSignal,
): Promise<readonly RawRecord[]> {
  try {
    return await consumer.poll({ waitMs: 1_000, signal });
  } catch (error) {
    if (signal.aborted) return [];
    throw error;
  }
}

/** A partition that has been read to its end is paused: a fetch that waits for more of it would hold up the others. */
async function hasReached(
  consumer: Consumer<Uint8Array, Uint8Array>,
  ends: ReadonlyMap<number, number>,
): Promise<boolean> {
  let isAtEnd = true;
  for (const place of consumer.assignment()) {
    if ((await consumer.position(place)) < ends.get(place.partition)!) isAtEnd = false;
    else consumer.pause([place]);
  }
  return isAtEnd;
}
