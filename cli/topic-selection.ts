import type { Admin, TopicPartition } from '../core/index.js';
import { InvalidInput } from './exit-code.js';

/** `orders`, or `orders:0,2` for some of its partitions, as Kafka's tools take it. */
interface SelectedTopic {
  readonly topic: string;
  /** Undefined: all. */
  readonly partitions: readonly number[] | undefined;
}

/** The partitions that `--topic` options mean, each once. Rejects with the nearest name for a topic that does not exist. */
export async function selectedPartitions(admin: Admin, texts: readonly string[]): Promise<TopicPartition[]> {
  const topics = texts.map(parseTopic);
  const descriptions = await admin.describeTopics(topics.map(({ topic }) => topic));
  const found = new Map<string, TopicPartition>();
  for (const [at, { topic, partitions }] of topics.entries()) {
    const count = descriptions[at]!.partitions.length;
    for (const partition of partitions ?? Array(count).keys()) {
      if (partition >= count) {
        throw new InvalidInput(`${topic} has no partition ${partition} (it has ${count}: 0 to ${count - 1})`);
      }
      found.set(`${topic}-${partition}`, { topic, partition });
    }
  }
  return [...found.values()];
}

function parseTopic(text: string): SelectedTopic {
  const [topic = '', numbers, ...more] = text.split(':');
  if (topic === '' || more.length > 0 || !/^\d+(,\d+)*$/.test(numbers ?? '0')) {
    throw new InvalidInput(`--topic ${text}: write the name of a topic, or orders:0,2 for some of its partitions`);
  }
  return { topic, partitions: numbers?.split(',').map(Number) };
}
