import type { Log, NewTopic } from '../../core/index.js';

/** Creates the topic where it is missing; an existing one stays as it is. Partitions and factor of -1: as the broker does. */
export async function ensureTopic(log: Log, topic: NewTopic): Promise<void> {
  await using admin = log.admin();
  const { name, partitions, replicationFactor, configs } = topic;
  const isGiven = (count: number | undefined): count is number => count !== undefined && count > 0;
  await admin.createTopics(
    [
      {
        name,
        ...(isGiven(partitions) && { partitions }),
        ...(isGiven(replicationFactor) && { replicationFactor }),
        ...(configs !== undefined && { configs }),
      },
    ],
    { ifNotExists: true },
  );
}
