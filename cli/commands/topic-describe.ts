import type { Command } from 'commander';
import type { Admin } from '../../core/index.js';
import { columns } from '../columns.js';
import { printLines } from '../output.js';
import { wantsJson, withLog } from '../place.js';

interface PartitionRow {
  readonly partition: number;
  readonly startOffset: number;
  readonly endOffset: number;
}

interface TopicRow {
  readonly name: string;
  readonly id: string;
  readonly partitions: readonly PartitionRow[];
  /** Only those that were set for this topic. */
  readonly configs: Readonly<Record<string, string>>;
}

/** `millrace topic describe NAME`: the offsets of each partition and what was configured. */
export function addTopicDescribe(topic: Command): void {
  topic
    .command('describe')
    .description('show the partitions, offsets and configs of topics')
    .argument('<name...>', 'names of the topics')
    .action(async (names: string[], _options: object, command: Command) => {
      const rows = await withLog(command, 'existing', log => describe(log.admin(), names));
      await printLines(wantsJson(command) ? [JSON.stringify(rows)] : rows.flatMap(lines));
    });
}

async function describe(admin: Admin, names: readonly string[]): Promise<TopicRow[]> {
  const rows: TopicRow[] = [];
  for (const { name, topicId, partitions } of await admin.describeTopics(names)) {
    const places = partitions.map(({ partition }) => ({ topic: name, partition }));
    const starts = await admin.listOffsets(places, 'start');
    const ends = await admin.listOffsets(places, 'end');
    rows.push({
      name,
      id: topicId,
      partitions: partitions.map(({ partition }, at) => ({
        partition,
        startOffset: starts[at]?.offset ?? 0,
        endOffset: ends[at]?.offset ?? 0,
      })),
      configs: Object.fromEntries(
        (await admin.describeConfigs(name))
          .filter(config => !config.isDefault)
          .map(config => [config.name, config.value ?? '']),
      ),
    });
  }
  return rows;
}

function lines(topic: TopicRow): string[] {
  const configs = Object.entries(topic.configs).map(([name, value]) => `${name}=${value}`);
  return [
    `${topic.name}  id ${topic.id}${configs.length === 0 ? '' : `  ${configs.join(' ')}`}`,
    ...columns(
      ['PARTITION', 'START', 'END', 'RECORDS'],
      topic.partitions.map(({ partition, startOffset, endOffset }) => [
        partition,
        startOffset,
        endOffset,
        endOffset - startOffset,
      ]),
    ),
  ];
}
