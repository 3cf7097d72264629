import { type Log, UsageError } from '../../../core/index.js';
import { consoleLogger } from '../console-logger.js';
import { ConfigProviders } from '../providers/config-providers.js';
import { SealedSecrets } from '../providers/sealed-secrets.js';
import { OffsetLogs } from '../source/offset-logs.js';
import { ConfigStore } from './config-store.js';
import { ConnectWorker } from './connect-worker.js';
import { ConnectorPlugins } from './connector-plugins.js';
import { LoggerLevels } from './logger-levels.js';
import { overridePolicy } from './override-policy.js';
import { requireConverters } from './require-converters.js';
import { StatusStore } from './status-store.js';
import type { Worker, WorkerOptions } from './worker.js';
import { ineffectiveDefaults, readWorkerConfig, storedTopic } from './worker-options.js';

/**
 * Reads the worker's topics and starts what they say; connectors start behind it, one that cannot says so in its status. Throws UsageError for properties
 * that cannot be meant.
 */
export async function startWorker(log: Log, options: WorkerOptions): Promise<Worker> {
  const settings = readWorkerConfig(options.config);
  requireTopicsApart(settings);
  requireConverters(options.config);
  const providers = new ConfigProviders(options.config);
  const policy = overridePolicy(settings);
  const { clock } = log.ports;
  const levels = new LoggerLevels(options.logger ?? consoleLogger, () => clock.now());
  const logger = levels.logger('millrace.connect');
  for (const name of ineffectiveDefaults(options.config))
    logger.warn(`${name} has no effect: clients have no such setting here`);
  const producer = log.producer({ clientId: `connect-worker-${settings['group.id']}` });
  try {
    const configs = await ConfigStore.open(log, producer, storedTopic(settings, 'config'));
    const statuses = await StatusStore.open({ log, producer, logger, topic: storedTopic(settings, 'status') });
    for (const [namespace, level] of configs.state.loggerLevels()) levels.set(namespace, level);
    const parts = {
      log,
      connectAs: options.connectAs,
      overridePolicy: policy,
      settings,
      properties: options.config,
      plugins: new ConnectorPlugins(options.plugins),
      transforms: options.transforms ?? [],
      providers,
      sealed: options.secretsKey === undefined ? undefined : new SealedSecrets(options.secretsKey),
      configs,
      statuses,
      offsetLogs: new OffsetLogs(log, storedTopic(settings, 'offset')),
      levels,
      version: options.version ?? '0.0.0',
      workerId: options.workerId ?? 'local',
      generation: statuses.nextGeneration(),
    };
    const worker = new ConnectWorker(parts, producer, () => producer.close());
    worker.begin();
    return worker;
  } catch (error) {
    await producer.close();
    throw error;
  }
}

/** What one of them holds would be nonsense in another. */
function requireTopicsApart(settings: ReturnType<typeof readWorkerConfig>): void {
  const names = (['config', 'offset', 'status'] as const).map(kind => settings[`${kind}.storage.topic`]);
  if (new Set(names).size === names.length) return;
  throw new UsageError(
    `config.storage.topic, offset.storage.topic and status.storage.topic: give three different topics, not ${names.join(', ')}`,
  );
}
