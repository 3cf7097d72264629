// As Kafka's tool it only shows what it would do, until it is told to do it; and it moves nothing of a group that is at work.

import type { Command } from 'commander';
import type { Admin, Log, TopicPartition } from '../../core/index.js';
import { columns } from '../columns.js';
import { InvalidInput } from '../exit-code.js';
import { idleGroups } from '../idle-groups.js';
import { nameOf, type OffsetMove, offsetMoves } from '../offset-moves.js';
import { type OffsetTarget, type TargetOptions, targetOf, withTarget } from '../offset-target.js';
import { printLines } from '../output.js';
import { wantsJson, withLog } from '../place.js';
import { collect } from '../repeated-option.js';
import { selectedPartitions } from '../topic-selection.js';

interface Options extends TargetOptions {
  readonly topic: readonly string[];
  readonly allTopics?: boolean;
  readonly newGroup?: boolean;
  readonly dryRun?: boolean;
  readonly execute?: boolean;
}

/** `millrace group reset NAME --topic T --to-earliest`: where the group goes on. */
export function addGroupReset(group: Command): void {
  withTarget(
    group
      .command('reset')
      .description('move where a group without members goes on; shows the moves, and makes them with --execute')
      .argument('<group>', 'name of the group')
      .option('-t, --topic <topic[:partitions]>', 'a topic, or orders:0,2; may be given several times', collect, [])
      .option('--all-topics', 'all that the group has committed'),
  )
    .option('--new-group', 'also for a group that is not there yet: it will begin at these offsets')
    .option('--dry-run', 'change nothing: the default')
    .option('--execute', 'move the offsets')
    .action(async (name: string, options: Options, command: Command) => {
      requireChoice(options);
      const target = await targetOf(options);
      const moves = await withLog(command, 'existing', log => reset(log, name, options, target));
      tellBounds(moves);
      const isExecuted = options.execute === true;
      const json = JSON.stringify({ group: name, executed: isExecuted, offsets: moves });
      await printLines(wantsJson(command) ? [json] : [...table(moves), conclusion(name, isExecuted)]);
    });
}

function requireChoice({ topic, allTopics, dryRun, execute, newGroup }: Options): void {
  if (topic.length === 0 && allTopics !== true) {
    throw new InvalidInput('say of which topics: --topic orders, --topic orders:0,2 or --all-topics');
  }
  if (topic.length > 0 && allTopics === true) throw new InvalidInput('give --topic or --all-topics, not both');
  if (dryRun === true && execute === true) throw new InvalidInput('give --dry-run or --execute, not both');
  if (newGroup === true && allTopics === true) {
    throw new InvalidInput('a new group has committed nothing: give --topic with --new-group, not --all-topics');
  }
}

async function reset(log: Log, name: string, options: Options, target: OffsetTarget): Promise<OffsetMove[]> {
  await using admin = log.admin();
  const committed = await committedOffsets(admin, name, options);
  const partitions = options.allTopics === true ? committed : await selectedPartitions(admin, options.topic);
  if (partitions.length === 0)
    throw new InvalidInput(`group "${name}" has committed nothing: name its topics by --topic`);
  const offsets = new Map(committed.map(each => [nameOf(each), each.committedOffset]));
  const moves = await offsetMoves(log, partitions, offsets, target);
  if (options.execute === true) {
    await admin.alterGroupOffsets(
      name,
      moves.map(({ topic, partition, newOffset: offset }) => ({ topic, partition, offset })),
    );
  }
  return moves;
}

async function committedOffsets(
  admin: Admin,
  name: string,
  options: Options,
): Promise<readonly (TopicPartition & { readonly committedOffset: number })[]> {
  if (options.newGroup === true && !(await admin.listGroups()).some(({ groupId }) => groupId === name)) return [];
  const [group] = await idleGroups(admin, [name]).catch(rethrowUnknown);
  return group!.offsets.filter(({ committedOffset }) => committedOffset >= 0);
}

/** A slip in the name would make a group that nobody has. */
function rethrowUnknown(error: unknown): never {
  if (!(error instanceof Error) || error.name !== 'UsageError') throw error;
  throw new InvalidInput(`${error.message}; --new-group makes it`, { cause: error });
}

function tellBounds(moves: readonly OffsetMove[]): void {
  for (const { topic, partition, askedOffset, newOffset, startOffset, endOffset } of moves) {
    if (askedOffset === undefined) continue;
    const has = `${topic}-${partition} has offsets ${startOffset} to ${endOffset}`;
    process.stderr.write(`${has}: ${newOffset} is taken for ${askedOffset}\n`);
  }
}

function table(moves: readonly OffsetMove[]): string[] {
  return columns(
    ['TOPIC', 'PARTITION', 'COMMITTED', 'NEW', 'END'],
    moves.map(({ topic, partition, committedOffset, newOffset, endOffset }) => [
      topic,
      partition,
      committedOffset ?? '-',
      newOffset,
      endOffset,
    ]),
  );
}

function conclusion(name: string, isExecuted: boolean): string {
  return isExecuted ? `moved the offsets of ${name}` : `nothing is changed yet: --execute moves the offsets of ${name}`;
}
