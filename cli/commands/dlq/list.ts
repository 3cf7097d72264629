import type { Command } from 'commander';
import type { Log } from '../../../core/index.js';
import { columns } from '../../columns.js';
import { type DeadLetter, originOf } from '../../dead-letter.js';
import { DeadLetterTopic } from '../../dead-letter-topic.js';
import { HandledLetters } from '../../handled-letters.js';
import { type Selection, selected, withSelection } from '../../letter-selection.js';
import { printLines } from '../../output.js';
import { wantsJson, withLog } from '../../place.js';

interface Options extends Selection {
  readonly all?: boolean;
}

/** So far back the last record of a partition is looked for: behind it there may be markers of transactions. */
const lookBack = 16;

/** `millrace dlq list [TOPIC]`: the letters of a topic that wait, with their causes; without a topic, the topics that hold dead letters. */
export function addDlqList(dlq: Command): void {
  withSelection(
    dlq
      .command('list')
      .description('list dead letters with stage, connector and cause; without a topic, the topics that hold some')
      .argument('[topic]', 'a topic of dead letters')
      .option('-a, --all', 'those that were replayed or discarded too'),
  ).action(async (topic: string | undefined, options: Options, command: Command) => {
    await withLog(command, 'existing', async log => {
      if (topic === undefined) return await printTopics(await deadLetterTopics(log), wantsJson(command));
      const found = await letters(log, topic, options);
      await printLines(wantsJson(command) ? [JSON.stringify(found)] : table(found));
      tellNoLetters(topic, found);
    });
  });
}

/** Any topic may be named, and Kafka Connect writes letters without headers where it is not told to write them. */
function tellNoLetters(topic: string, found: readonly Listed[]): void {
  if (found.length === 0 || found.some(({ connector, stage, cause }) => (connector ?? stage ?? cause) !== null)) return;
  process.stderr.write(
    `none of these records tells why it is here: ${topic} is no topic of dead letters, or its connector has errors.deadletterqueue.context.headers.enable=false\n`,
  );
}

type Listed = Awaited<ReturnType<typeof letters>>[number];

async function letters(log: Log, name: string, options: Options) {
  const topic = await DeadLetterTopic.open(log, name);
  const handled = await HandledLetters.read(log, topic.partitions);
  const isMeant = selected(options);
  const found = [];
  for await (const letter of topic.letters(partition => (options.all === true ? 0 : handled.next(partition)))) {
    const isDone = handled.has(letter);
    if ((isDone && options.all !== true) || !isMeant(letter)) continue;
    found.push({ ...rowOf(letter), state: isDone ? 'done' : 'waiting' });
    if (found.length === options.count) break;
  }
  return found;
}

function rowOf(letter: DeadLetter) {
  const { partition, offset, timestamp, facts } = letter;
  const origin = originOf(letter);
  return {
    partition,
    offset,
    timestamp,
    connector: facts['connector.name'] ?? null,
    stage: facts['stage'] ?? null,
    from:
      origin === undefined ? sourcePlace(facts) : `${origin.topic}-${origin.partition} ${facts['offset'] ?? ''}`.trim(),
    cause: facts['exception.message'] ?? null,
  };
}

/** A source says where it was in words of its own. */
function sourcePlace(facts: DeadLetter['facts']): string | null {
  const words = Object.entries(facts).filter(([name]) => name.startsWith('position.'));
  return words.length === 0
    ? null
    : words.map(([name, value]) => `${name.slice('position.'.length)} ${value}`).join(', ');
}

function table(found: readonly Listed[]): string[] {
  return columns(
    ['OFFSET', 'STATE', 'CONNECTOR', 'STAGE', 'FROM', 'CAUSE'],
    found.map(({ partition, offset, state, connector, stage, from, cause }) => [
      `${partition}:${offset}`,
      state,
      connector ?? '-',
      stage ?? '-',
      from ?? '-',
      (cause ?? '-').split('\n')[0]!,
    ]),
  );
}

/** Told by the headers of their last records: every connector adds them, whatever its topic is called. */
async function deadLetterTopics(log: Log) {
  await using admin = log.admin();
  const found: { topic: string; letters: number; waiting: number }[] = [];
  for (const { name } of await admin.listTopics()) {
    const topic = await DeadLetterTopic.open(log, name);
    const ends = await admin.listOffsets(topic.partitions, 'end');
    const end = (partition: number) => ends.find(each => each?.partition === partition)?.offset ?? 0;
    if (!(await holdsLetters(topic, end))) continue;
    const handled = await HandledLetters.read(log, topic.partitions);
    const counts = { topic: name, letters: 0, waiting: 0 };
    for await (const letter of topic.letters(() => 0)) {
      counts.letters++;
      if (!handled.has(letter)) counts.waiting++;
    }
    found.push(counts);
  }
  return found;
}

async function holdsLetters(topic: DeadLetterTopic, end: (partition: number) => number): Promise<boolean> {
  for await (const { facts } of topic.letters(partition => end(partition) - lookBack)) {
    if (Object.keys(facts).length > 0) return true;
  }
  return false;
}

async function printTopics(topics: Awaited<ReturnType<typeof deadLetterTopics>>, isJson: boolean): Promise<void> {
  if (isJson) return await printLines([JSON.stringify(topics)]);
  const rows = topics.map(({ topic, letters: count, waiting }) => [topic, count, waiting]);
  await printLines(columns(['TOPIC', 'LETTERS', 'WAITING'], rows));
}
