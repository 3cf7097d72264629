import type { Command } from 'commander';
import { columns } from '../columns.js';
import { printLines } from '../output.js';
import { wantsJson, withLog } from '../place.js';

/** `millrace group list`: every group that the log knows, live or not. */
export function addGroupList(group: Command): void {
  group
    .command('list')
    .description('list the consumer groups')
    .action(async (_options: object, command: Command) => {
      const groups = await withLog(command, 'existing', log => log.admin().listGroups());
      const rows = groups.map(({ groupId, state, protocolType }) => ({ group: groupId, state, protocolType }));
      const table = columns(
        ['GROUP', 'STATE'],
        rows.map(row => [row.group, row.state]),
      );
      await printLines(wantsJson(command) ? [JSON.stringify(rows)] : table);
    });
}
