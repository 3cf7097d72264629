// Asks the leaders of partitions, each about its own, and again where another broker leads by now.

import { UsageError } from '../base/errors.js';
import { kafkaErrors } from '../base/kafka-errors.js';
import type { Ports } from '../ports/ports.js';
import type { ClusterView } from './cluster-view.js';
import { groupBy } from './group-by.js';
import { isTransient, refusal } from './refusal.js';
import { type RetryOptions, withRetries } from './retry.js';
import type { TopicPartition } from './topic.js';

/** In the order asked. `ask` answers for the partitions of one leader, in any order, and throws for what was refused. */
export async function askLeaders<W extends TopicPartition, A extends TopicPartition>(
  ports: Ports,
  cluster: ClusterView,
  wanted: readonly W[],
  ask: (leader: number, partitions: readonly W[]) => Promise<readonly A[]>,
  options: RetryOptions = {},
): Promise<readonly A[]> {
  const answers = new Map<string, A>();
  await withRetries(ports, options, async () => {
    const missing = wanted.filter(each => !answers.has(keyOf(each)));
    const topics = [...new Set(missing.map(({ topic }) => topic))];
    try {
      await cluster.requirePartitions(missing, options);
      for (const [leader, group] of groupBy(missing, each => leaderOf(cluster, each))) {
        for (const answer of await ask(leader, group)) answers.set(keyOf(answer), answer);
      }
    } catch (error) {
      if (isTransient(error)) await cluster.refresh(topics, options);
      throw error;
    }
  });
  return wanted.map(each => answers.get(keyOf(each))!);
}

function leaderOf(cluster: ClusterView, { topic, partition }: TopicPartition): number {
  const { partitions } = cluster.find(topic)!;
  const leader = partitions[partition]?.leaderId;
  if (leader === undefined) {
    throw new UsageError(`topic "${topic}" has partitions 0 to ${partitions.length - 1}, not ${partition}`);
  }
  if (leader < 0) throw refusal(kafkaErrors.LEADER_NOT_AVAILABLE.code, `${topic}-${partition}`);
  return leader;
}

function keyOf({ topic, partition }: TopicPartition): string {
  return `${topic}-${partition}`;
}
