import type { Command } from 'commander';
import { wholeNumber } from '../number-option.js';
import { printLines } from '../output.js';
import { parsePairs } from '../pairs.js';
import { wantsJson, withLog } from '../place.js';

interface Options {
  readonly partitions: number;
  readonly replicationFactor?: number;
  readonly topicConfig: readonly string[];
}

/** `millrace topic create NAME`: makes the data directory too where there is none. */
export function addTopicCreate(topic: Command): void {
  topic
    .command('create')
    .description('create topics')
    .argument('<name...>', 'names of the topics')
    .option('-p, --partitions <count>', 'partitions of each', wholeNumber(1), 1)
    .option(
      '-r, --replication-factor <count>',
      'replicas of each partition (default: as the broker does)',
      wholeNumber(1),
    )
    .option('-c, --topic-config <name=value...>', 'configs of each, such as retention.ms=60000', [])
    .action(async (names: string[], options: Options, command: Command) => {
      const configs = Object.fromEntries(parsePairs(options.topicConfig, '--topic-config'));
      const { partitions, replicationFactor } = options;
      const replicas = replicationFactor === undefined ? {} : { replicationFactor };
      const topics = names.map(name => ({ name, partitions, ...replicas, configs }));
      await withLog(command, 'create', log => log.admin().createTopics(topics));
      await printLines(
        wantsJson(command)
          ? [JSON.stringify(topics)]
          : topics.map(({ name, partitions }) => `created ${name}, ${count(partitions)}`),
      );
    });
}

function count(partitions: number): string {
  return partitions === 1 ? '1 partition' : `${partitions} partitions`;
}
