import type { SourceDefinition } from '../../api/source.js';
import { chainOf } from '../../transforms/transform-chain.js';
import { ClientOverrides } from '../clients/client-overrides.js';
import { readConfig } from '../connector-config.js';
import { type ConnectorParts, convertersOf, type PreparedConnector } from '../connector-parts.js';
import { ensureDeadLetterTopic } from '../ensure-dead-letter-topic.js';
import { sourceRuntimeOptions } from '../runtime-options.js';
import { requireExactlyOnce } from './exactly-once.js';
import { scheduledSource } from './scheduled-source.js';
import { liveSource } from './source-life.js';
import { TopicCreation } from './topic-creation.js';

/** Reads the configuration of a source and plans its tasks. */
export async function prepareSource(
  parts: ConnectorParts,
  given: SourceDefinition,
  config: Readonly<Record<string, unknown>>,
): Promise<PreparedConnector> {
  const { runtime: read, own } = readConfig({ name: parts.name, config }, sourceRuntimeOptions, given.config);
  const connector = read.schedule === undefined ? given : await scheduledSource(given, read, config);
  const runtime = parts.topic === undefined ? read : { ...read, topic: parts.topic.name };
  const converters = convertersOf(parts, config, connector.converters?.(own));
  const chain = chainOf(config, parts.plugins);
  const isExactlyOnce = requireExactlyOnce(runtime, connector, own);
  const taskConfigs = connector.tasks?.(own, runtime['tasks.max']) ?? [own];
  const topicCreation = new TopicCreation(config);
  const overrides = new ClientOverrides(config);
  overrides.warn(parts.logger, parts.name, { kinds: ['producer', 'admin'], connects: parts.connectAs !== undefined });
  await ensureDeadLetterTopic(parts, overrides, runtime);
  const finishing = new AbortController();
  const shared = {
    ...parts,
    connector,
    runtime,
    converters,
    chain,
    isExactlyOnce,
    finishing: finishing.signal,
    overrides,
    topicCreation,
  };
  return {
    runtime,
    taskCount: taskConfigs.length,
    own,
    taskConfigs,
    live: (task, life) => liveSource({ ...shared, config: taskConfigs[task]!, task }, life),
    beginFinish: async () => finishing.abort(),
  };
}
