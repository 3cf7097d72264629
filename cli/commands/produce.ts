import { createInterface } from 'node:readline';
import type { Command } from 'commander';
import type { Producer } from '../../core/index.js';
import { interruptSignal } from '../interrupt.js';
import { wholeNumber } from '../number-option.js';
import { printLines } from '../output.js';
import { parsePairs } from '../pairs.js';
import { wantsJson, withLog } from '../place.js';

interface Options {
  readonly key?: string;
  readonly keySeparator?: string;
  readonly header: readonly string[];
  readonly partition?: number;
  readonly emptyIsNull?: boolean;
}

interface Line {
  readonly key: string | null;
  readonly value: string | null;
}

/** `millrace produce TOPIC [VALUE...]`: each argument, or without any each line of standard input, becomes a record. */
export function addProduce(root: Command): void {
  root
    .command('produce')
    .description('write records: the arguments, or the lines of standard input')
    .argument('<topic>', 'the topic to write to')
    .argument('[value...]', 'the values; without any, lines are read from standard input')
    .option('-k, --key <text>', 'the key of every record')
    .option('-K, --key-separator <text>', 'what separates the key from the value in each line')
    .option('-H, --header <name=value...>', 'headers of every record', [])
    .option('-p, --partition <number>', 'the partition (default: by the key)', wholeNumber(0))
    .option('-Z, --empty-is-null', 'an empty value is a null (in a compacted topic: a deletion)')
    .action(async (topic: string, values: string[], options: Options, command: Command) => {
      const count = await withLog(command, 'existing', async log => {
        await log.admin().describeTopics([topic]);
        await using producer = log.producer();
        return await produce(producer, topic, values, options);
      });
      if (wantsJson(command)) await printLines([JSON.stringify({ topic, records: count })]);
      else process.stderr.write(`wrote ${count} ${count === 1 ? 'record' : 'records'} to ${topic}\n`);
    });
}

async function produce(
  producer: Producer,
  topic: string,
  values: readonly string[],
  options: Options,
): Promise<number> {
  const headers = parsePairs(options.header, '--header').map(([key, value]) => ({ key, value: Buffer.from(value) }));
  const partition = options.partition === undefined ? {} : { partition: options.partition };
  let count = 0;
  let failure: Error | undefined;
  const fail = (error: Error): void => {
    failure ??= error;
  };
  for await (const text of values.length > 0 ? values : standardInput()) {
    // Sent without waiting for each acknowledgement; the first refusal ends the reading.
    producer.send(topic, { ...lineOf(text, options), headers, ...partition }).catch(fail);
    count++;
    if (producer.isFull) await producer.drained();
    if (failure !== undefined) break;
  }
  await producer.flush().catch(fail);
  if (failure !== undefined) throw failure;
  return count;
}

function lineOf(text: string, options: Options): Line {
  const at = options.keySeparator === undefined ? -1 : text.indexOf(options.keySeparator);
  const key = at < 0 ? (options.key ?? null) : text.slice(0, at);
  const value = at < 0 ? text : text.slice(at + options.keySeparator!.length);
  return { key, value: value === '' && options.emptyIsNull === true ? null : value };
}

/** The lines of standard input; an interrupt ends them as the end of the input does, so that what was read is written. */
async function* standardInput(): AsyncIterable<string> {
  const lines = createInterface({ input: process.stdin, crlfDelay: Number.POSITIVE_INFINITY });
  interruptSignal().addEventListener('abort', () => {
    lines.close();
    process.stdin.destroy();
  });
  yield* lines;
}
