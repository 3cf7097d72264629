import type { Command } from 'commander';
import { printLines } from '../output.js';
import { wantsJson, withLog } from '../place.js';

/** `millrace topic delete NAME`: all or none; an unknown name deletes nothing. */
export function addTopicDelete(topic: Command): void {
  topic
    .command('delete')
    .description('delete topics and all that is in them')
    .argument('<name...>', 'names of the topics')
    .action(async (names: string[], _options: object, command: Command) => {
      await withLog(command, 'existing', async log => {
        const admin = log.admin();
        await admin.describeTopics(names);
        await admin.deleteTopics(names);
      });
      await printLines(wantsJson(command) ? [JSON.stringify(names)] : names.map(name => `deleted ${name}`));
    });
}
