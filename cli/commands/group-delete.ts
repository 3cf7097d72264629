import type { Command } from 'commander';
import { idleGroups } from '../idle-groups.js';
import { printLines } from '../output.js';
import { wantsJson, withLog } from '../place.js';

/** `millrace group delete NAME`: all or none; an unknown name, or a group with members, deletes nothing. */
export function addGroupDelete(group: Command): void {
  group
    .command('delete')
    .description('delete groups that have no members, with all that they committed')
    .argument('<group...>', 'names of the groups')
    .action(async (names: string[], _options: object, command: Command) => {
      await withLog(command, 'existing', async log => {
        await using admin = log.admin();
        await idleGroups(admin, names);
        await admin.deleteGroups(names);
      });
      await printLines(wantsJson(command) ? [JSON.stringify(names)] : names.map(name => `deleted ${name}`));
    });
}
