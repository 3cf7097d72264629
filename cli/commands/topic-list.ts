import type { Command } from 'commander';
import { columns } from '../columns.js';
import { printLines } from '../output.js';
import { wantsJson, withLog } from '../place.js';

/** `millrace topic list`: internal topics only when asked for. */
export function addTopicList(topic: Command): void {
  topic
    .command('list')
    .description('list the topics')
    .option('--internal', 'internal topics too')
    .action(async (options: { internal?: boolean }, command: Command) => {
      const topics = await withLog(command, 'existing', log =>
        log.admin().listTopics({ withInternal: options.internal === true }),
      );
      const rows = topics.map(({ name, partitionCount }) => ({ name, partitions: partitionCount }));
      const table = columns(
        ['TOPIC', 'PARTITIONS'],
        rows.map(row => [row.name, row.partitions]),
      );
      await printLines(wantsJson(command) ? [JSON.stringify(rows)] : table);
    });
}
