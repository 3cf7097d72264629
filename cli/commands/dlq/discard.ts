import type { Command } from 'commander';
import type { Log } from '../../../core/index.js';
import { DeadLetterTopic } from '../../dead-letter-topic.js';
import { InvalidInput } from '../../exit-code.js';
import { groupOf, HandledLetters } from '../../handled-letters.js';
import { isNarrowed, type Selection, selected, withSelection } from '../../letter-selection.js';
import { printLines } from '../../output.js';
import { wantsJson, withLog } from '../../place.js';

interface Options extends Selection {
  readonly all?: boolean;
}

/** `millrace dlq discard TOPIC`: letters that will not be replayed. They stay in the topic, for as long as it keeps them. */
export function addDlqDiscard(dlq: Command): void {
  withSelection(
    dlq
      .command('discard')
      .description('pass over dead letters, so that no replay takes them; they stay in the topic')
      .argument('<topic>', 'a topic of dead letters')
      .option('-a, --all', 'all that wait'),
  ).action(async (topic: string, options: Options, command: Command) => {
    requireChoice(options);
    const count = await withLog(command, 'existing', log => discard(log, topic, options));
    const isVain = count === 0 && isNarrowed(options);
    const none = isVain ? `: none that waits is meant (see millrace dlq list ${topic})` : '';
    const text = `discarded ${count} ${count === 1 ? 'letter' : 'letters'}${none}`;
    await printLines([wantsJson(command) ? JSON.stringify({ topic, discarded: count }) : text]);
  });
}

function requireChoice(options: Options): void {
  const isAll = options.all === true;
  if (isNarrowed(options) !== isAll) return;
  throw new InvalidInput(
    isAll
      ? '--all means all that wait: leave it out, or --offset, --connector, --stage and --count'
      : 'say which letters (--offset, --connector, --stage, --count), or --all',
  );
}

async function discard(log: Log, name: string, options: Options): Promise<number> {
  const topic = await DeadLetterTopic.open(log, name);
  const isMeant = selected(options);
  // As a replay does: a replay that is going on is fenced, and what it has committed is seen.
  await using producer = log.producer({ transactionalId: groupOf(name) });
  await producer.initTransactions();
  const handled = await HandledLetters.read(log, topic.partitions);
  let count = 0;
  for await (const letter of topic.letters(partition => handled.next(partition))) {
    if (handled.see(letter)) continue;
    if (!isMeant(letter)) {
      handled.leave(letter);
      continue;
    }
    handled.add(letter);
    count++;
    if (count === options.count) break;
  }
  if (count === 0) return 0;
  producer.beginTransaction();
  await producer.sendOffsets(handled.offsets(), groupOf(name));
  await producer.commitTransaction();
  return count;
}
