import type { Command } from 'commander';
import type { GroupDescription } from '../../core/index.js';
import { columns } from '../columns.js';
import { printLines } from '../output.js';
import { wantsJson, withLog } from '../place.js';

/** `millrace group describe NAME`: members, committed offsets, and how far they are behind. */
export function addGroupDescribe(group: Command): void {
  group
    .command('describe')
    .description('show the members, committed offsets and lag of groups')
    .argument('<group...>', 'names of the groups')
    .action(async (names: string[], _options: object, command: Command) => {
      const groups = await withLog(command, 'existing', log => log.admin().describeGroups(names));
      await printLines(wantsJson(command) ? [JSON.stringify(groups.map(row))] : groups.flatMap(lines));
    });
}

function row({ groupId, state, members, offsets }: GroupDescription): object {
  return { group: groupId, state, lag: lagOf(offsets), members, offsets };
}

function lagOf(offsets: GroupDescription['offsets']): number {
  return offsets.reduce((sum, { lag }) => sum + lag, 0);
}

function lines({ groupId, state, members, offsets }: GroupDescription): string[] {
  return [
    `${groupId}  ${state}  ${members.length} ${members.length === 1 ? 'member' : 'members'}  lag ${lagOf(offsets)}`,
    ...columns(
      ['TOPIC', 'PARTITION', 'COMMITTED', 'END', 'LAG', 'MEMBER'],
      offsets.map(({ topic, partition, committedOffset, endOffset, lag, memberId }) => [
        topic,
        partition,
        committedOffset < 0 ? '-' : committedOffset,
        endOffset,
        lag,
        memberId ?? '-',
      ]),
    ),
  ];
}
