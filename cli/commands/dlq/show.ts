import type { Command } from 'commander';
import type { DeadLetter } from '../../dead-letter.js';
import { DeadLetterTopic } from '../../dead-letter-topic.js';
import { InvalidInput } from '../../exit-code.js';
import { selected } from '../../letter-selection.js';
import { printLines } from '../../output.js';
import { wantsJson, withLog } from '../../place.js';
import { jsonText } from '../../record-format.js';

/** `millrace dlq show TOPIC OFFSET`: one letter: what went wrong, its headers, its key and value. */
export function addDlqShow(dlq: Command): void {
  dlq
    .command('show')
    .description('show one dead letter with its headers, key and value')
    .argument('<topic>', 'a topic of dead letters')
    .argument('<offset>', 'its offset, or partition:offset')
    .action(async (topic: string, offset: string, _options: object, command: Command) => {
      const isMeant = selected({ offset: [offset] });
      const at = Number(offset.split(':').at(-1));
      const letter = await withLog(command, 'existing', async log => {
        const letters = await DeadLetterTopic.open(log, topic);
        for await (const each of letters.letters(() => at)) if (isMeant(each)) return each;
        throw new InvalidInput(`there is no dead letter at offset ${offset} of ${topic}`);
      });
      await printLines(wantsJson(command) ? [JSON.stringify(jsonOf(letter))] : lines(letter));
    });
}

function jsonOf({ key, value, headers, ...letter }: DeadLetter): object {
  const texts = headers.map(header => ({ key: header.key, value: jsonText(header.value) }));
  return { ...letter, key: jsonText(key), value: jsonText(value), headers: texts };
}

function lines({ topic, partition, offset, timestamp, key, value, headers, facts }: DeadLetter): string[] {
  return [
    `${topic}-${partition} offset ${offset}  ${new Date(timestamp).toISOString()}`,
    ...Object.entries(facts).map(([name, fact]) => `${name}: ${fact}`),
    ...headers.map(header => `header ${header.key}: ${shown(header.value)}`),
    `key: ${shown(key)}`,
    `value: ${shown(value)}`,
  ];
}

function shown(bytes: Uint8Array | null): string {
  const text = jsonText(bytes);
  return typeof text === 'string' ? text : JSON.stringify(text);
}
