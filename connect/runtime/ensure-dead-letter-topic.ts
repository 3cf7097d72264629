import { ClientLogs } from './clients/client-logs.js';
import type { ClientOverrides } from './clients/client-overrides.js';
import type { ConnectorParts } from './connector-parts.js';
import { ensureTopic } from './ensure-topic.js';
import type { RuntimeOptions } from './runtime-options.js';

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
