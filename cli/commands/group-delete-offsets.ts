import type { Command } from 'commander';
import type { Log } from '../../core/index.js';
import { InvalidInput } from '../exit-code.js';
import { nameOf } from '../offset-moves.js';
import { printLines } from '../output.js';
import { wantsJson, withLog } from '../place.js';
import { collect } from '../repeated-option.js';
import { selectedPartitions } from '../topic-selection.js';

interface Options {
  readonly topic: readonly string[];
}

/** `millrace group delete-offsets NAME --topic T`: the group begins there as if it were new. */
export function addGroupDeleteOffsets(group: Command): void {
  group
    .command('delete-offsets')
    .description('forget what a group has committed for topics that none of its members reads')
    .argument('<group>', 'name of the group')
    .option('-t, --topic <topic[:partitions]>', 'a topic, or orders:0,2; may be given several times', collect, [])
    .action(async (name: string, { topic: topics }: Options, command: Command) => {
      if (topics.length === 0) throw new InvalidInput('say of which topics: --topic orders, or --topic orders:0,2');
      const deleted = await withLog(command, 'existing', log => deleteOffsets(log, name, topics));
      const lines = deleted.map(
        ({ topic, partition, committedOffset }) => `${topic}-${partition}: deleted ${committedOffset}`,
      );
      const none = [`${name} has committed nothing there (see millrace group describe ${name})`];
      const json = JSON.stringify({ group: name, deleted });
      await printLines(wantsJson(command) ? [json] : lines.length === 0 ? none : lines);
    });
}

async function deleteOffsets(log: Log, name: string, topics: readonly string[]) {
  await using admin = log.admin();
  const [group] = await admin.describeGroups([name]);
  const meant = new Set((await selectedPartitions(admin, topics)).map(nameOf));
  const committed = group!.offsets
    .filter(offset => offset.committedOffset >= 0 && meant.has(nameOf(offset)))
    .map(({ topic, partition, committedOffset }) => ({ topic, partition, committedOffset }));
  if (committed.length > 0) await admin.deleteGroupOffsets(name, committed);
  return committed;
}
