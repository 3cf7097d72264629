// A replay writes the letters to the topics they came from and commits which were replayed, in one transaction a few hundred letters: whatever dies when, each
// letter is replayed once. Of two replays at a time, the one that began later fences the other.

import type { Command } from 'commander';
import type { Log, Producer } from '../../../core/index.js';
import { type DeadLetter, originOf } from '../../dead-letter.js';
import { DeadLetterTopic } from '../../dead-letter-topic.js';
import { InvalidInput } from '../../exit-code.js';
import { groupOf, HandledLetters } from '../../handled-letters.js';
import { isNarrowed, type Selection, selected, withSelection } from '../../letter-selection.js';
import { printLines } from '../../output.js';
import { wantsJson, withLog } from '../../place.js';

interface Options extends Selection {
  readonly to?: string;
}

const lettersPerTransaction = 500;
const lettersHeaders = '__connect.errors.*';

/** `millrace dlq replay TOPIC`: writes the letters that wait to the topics that they came from, each once. */
export function addDlqReplay(dlq: Command): void {
  withSelection(
    dlq
      .command('replay')
      .description('write dead letters back to the topics they came from, after the fix; each is replayed once')
      .argument('<topic>', 'a topic of dead letters')
      .option('--to <topic>', 'write to this topic instead; needed for letters of a source'),
  ).action(async (topic: string, options: Options, command: Command) => {
    const replayed = await withLog(command, 'existing', log => replay(log, topic, options));
    const count = [...replayed.values()].reduce((sum, each) => sum + each, 0);
    const targets = Object.fromEntries(replayed);
    const none = isNarrowed(options) ? `: none that waits is meant (see millrace dlq list ${topic})` : '';
    const where = count === 0 ? none : ` to ${[...replayed.keys()].join(', ')}`;
    await printLines([
      wantsJson(command)
        ? JSON.stringify({ topic, replayed: count, to: targets })
        : `replayed ${count} ${count === 1 ? 'letter' : 'letters'}${where}`,
    ]);
  });
}

async function replay(log: Log, name: string, options: Options): Promise<ReadonlyMap<string, number>> {
  const topic = await DeadLetterTopic.open(log, name);
  const isMeant = selected(options);
  await using producer = log.producer({ transactionalId: groupOf(name) });
  // Fences first, and looks then: what an earlier replay has committed is seen, and it commits nothing more.
  await producer.initTransactions();
  const handled = await HandledLetters.read(log, topic.partitions);
  const targets = await Targets.of(log, options.to);
  const replayed = new Map<string, number>();
  let waiting: DeadLetter[] = [];
  let left = options.count ?? Number.POSITIVE_INFINITY;
  for await (const letter of topic.letters(partition => handled.next(partition))) {
    if (left === 0) break;
    if (handled.see(letter)) continue;
    if (!isMeant(letter)) {
      handled.leave(letter);
      continue;
    }
    waiting.push(letter);
    left--;
    if (waiting.length < lettersPerTransaction) continue;
    await replayTogether({ producer, handled, targets, replayed }, name, waiting);
    waiting = [];
  }
  if (waiting.length > 0) await replayTogether({ producer, handled, targets, replayed }, name, waiting);
  return replayed;
}

interface Replaying {
  readonly producer: Producer;
  readonly handled: HandledLetters;
  readonly targets: Targets;
  readonly replayed: Map<string, number>;
}

async function replayTogether(
  { producer, handled, targets, replayed }: Replaying,
  name: string,
  letters: readonly DeadLetter[],
): Promise<void> {
  const placed = [];
  for (const letter of letters) placed.push({ letter, target: await targets.of(letter) });
  const { bytes, topic: describe } = await import('../../../core/index.js');
  producer.beginTransaction();
  for (const { letter, target } of placed) {
    const { key, value, timestamp, headers } = letter;
    const partition = target.partition === undefined ? {} : { partition: target.partition };
    // What cannot be written fails the commit.
    producer
      .send(describe(target.topic, { key: bytes, value: bytes }), { key, value, timestamp, headers, ...partition })
      .catch(() => undefined);
    handled.add(letter);
  }
  await producer.sendOffsets(handled.offsets(), groupOf(name));
  await producer.commitTransaction();
  for (const { target } of placed) replayed.set(target.topic, (replayed.get(target.topic) ?? 0) + 1);
}

/** Where letters go: the partition they came from, so that records of a key stay in one, as long as it is there. */
class Targets {
  readonly #log: Log;
  readonly #to: string | undefined;
  readonly #partitionCounts = new Map<string, number>();

  private constructor(log: Log, to: string | undefined) {
    this.#log = log;
    this.#to = to;
  }

  static async of(log: Log, to: string | undefined): Promise<Targets> {
    const targets = new Targets(log, to);
    if (to !== undefined) await targets.#partitionCount(to);
    return targets;
  }

  async of(letter: DeadLetter): Promise<{ readonly topic: string; readonly partition: number | undefined }> {
    if (this.#to !== undefined) return { topic: this.#to, partition: undefined };
    const origin = originOf(letter);
    if (origin === undefined) {
      throw new InvalidInput(
        Object.keys(letter.facts).length === 0
          ? `${letter.topic}-${letter.partition} offset ${letter.offset} does not say where it comes from (it has no headers ${lettersHeaders}): is ${letter.topic} a topic of dead letters? If so, name by --to where they go`
          : `${letter.topic}-${letter.partition} offset ${letter.offset} comes from a source and was in no topic: name one by --to, or mend it at the source and discard it here`,
      );
    }
    const { topic, partition } = origin;
    const isThere = partition >= 0 && partition < (await this.#partitionCount(topic));
    return { topic, partition: isThere ? partition : undefined };
  }

  async #partitionCount(topic: string): Promise<number> {
    let count = this.#partitionCounts.get(topic);
    if (count === undefined) {
      await using admin = this.#log.admin();
      const [description] = await admin.describeTopics([topic]);
      count = description!.partitions.length;
      this.#partitionCounts.set(topic, count);
    }
    return count;
  }
}
