import type { Log, NewTopic } from '../../core/index.js';
import { ClientLogs } from './clients/client-logs.js';
import type { ClientOverrides } from './clients/client-overrides.js';
import type { ConnectorParts } from './connector-parts.js';
import type { RuntimeOptions } from './runtime-options.js';

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

/** Makes the topic of the dead letters, with one partition as Kafka Connect does, where the configuration names one. */
export async function ensureDeadLetterTopic(
  parts: Pick<ConnectorParts, 'log' | 'connectAs'>,
  overrides: ClientOverrides,
  runtime: RuntimeOptions,
): Promise<void> {
  const name = runtime['errors.deadletterqueue.topic.name'];
  if (name === undefined) return;
  const replicationFactor = runtime['errors.deadletterqueue.topic.replication.factor'];
  await using logs = await ClientLogs.open(parts, overrides, ['admin']);
  await ensureTopic(logs.of('admin'), { name, partitions: 1, replicationFactor });
}
