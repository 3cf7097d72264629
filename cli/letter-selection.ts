import { type Command, InvalidArgumentError } from 'commander';
import type { DeadLetter } from './dead-letter.js';
import { InvalidInput } from './exit-code.js';
import { wholeNumber } from './number-option.js';

export interface Selection {
  readonly offset: readonly string[];
  readonly connector?: string;
  readonly stage?: string;
  readonly count?: number;
}

/** The options by which the commands of `millrace dlq` say which letters they mean; without any, all. */
export function withSelection(command: Command): Command {
  return command
    .option('-o, --offset <offset...>', 'only these: an offset, or partition:offset', [])
    .option('--connector <name>', 'only those of this connector')
    .option('--stage <stage>', 'only those of this stage, such as TASK_PUT, TRANSFORMATION, VALUE_CONVERTER', stageOf)
    .option('-n, --count <letters>', 'at most so many', wholeNumber(1));
}

/** Kafka Connect's words for where a record went wrong. */
const stages = [
  'TASK_POLL',
  'TASK_PUT',
  'TRANSFORMATION',
  'KEY_CONVERTER',
  'VALUE_CONVERTER',
  'HEADER_CONVERTER',
  'KAFKA_PRODUCE',
  'KAFKA_CONSUME',
];

function stageOf(given: string): string {
  const stage = given.toUpperCase();
  if (stages.includes(stage)) return stage;
  throw new InvalidArgumentError(`The stages are ${stages.join(', ')}.`);
}

export function isNarrowed({ offset, connector, stage, count }: Selection): boolean {
  return offset.length > 0 || connector !== undefined || stage !== undefined || count !== undefined;
}

/** Whether a letter is meant. Throws InvalidInput for an offset that is none. */
export function selected({ offset, connector, stage }: Selection): (letter: DeadLetter) => boolean {
  const places = offset.map(text => {
    const match = /^(?:(\d+):)?(\d+)$/.exec(text);
    if (match === null) throw new InvalidInput(`offset ${text}: write an offset, or partition:offset`);
    return { partition: Number(match[1] ?? 0), offset: Number(match[2]) };
  });
  return letter =>
    (places.length === 0 ||
      places.some(each => each.partition === letter.partition && each.offset === letter.offset)) &&
    (connector === undefined || letter.facts['connector.name'] === connector) &&
    (stage === undefined || letter.facts['stage'] === stage);
}
