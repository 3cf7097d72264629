// The properties of a worker, with Kafka Connect's names. Where a default differs from Kafka Connect's, its description says so.

import { z } from 'zod';
import { didYouMean, UsageError } from '../../../core/index.js';
import { option } from '../../api/option.js';
import { type ClientKind, isOverridable } from '../clients/client-overrides.js';
import type { StoredTopic } from './config-store.js';

export const workerOptions = z.object({
  'group.id': option
    .text()
    .min(1)
    .default('connect-cluster')
    .describe('Name of the worker; begins the transactional ids of its tasks. (Kafka Connect: required)'),
  'config.storage.topic': option
    .text()
    .min(1)
    .default('connect-configs')
    .describe('Compacted topic of configurations and target states, with one partition. (Kafka Connect: required)'),
  'config.storage.replication.factor': option
    .integer(-1)
    .default(-1)
    .describe('For making that topic; -1: as the broker does. (Kafka Connect: 3)'),
  'offset.storage.topic': option
    .text()
    .min(1)
    .default('connect-offsets')
    .describe('Compacted topic of source offsets. (Kafka Connect: required)'),
  'offset.storage.partitions': option.integer(-1).default(25).describe('For making that topic.'),
  'offset.storage.replication.factor': option
    .integer(-1)
    .default(-1)
    .describe('For making that topic; -1: as the broker does. (Kafka Connect: 3)'),
  'status.storage.topic': option
    .text()
    .min(1)
    .default('connect-status')
    .describe('Compacted topic of states and active topics. (Kafka Connect: required)'),
  'status.storage.partitions': option.integer(-1).default(5).describe('For making that topic.'),
  'status.storage.replication.factor': option
    .integer(-1)
    .default(-1)
    .describe('For making that topic; -1: as the broker does. (Kafka Connect: 3)'),
  'key.converter': option
    .text()
    .optional()
    .describe('For connectors that name none. Default: what fits the connector. (Kafka Connect: required)'),
  'value.converter': option
    .text()
    .optional()
    .describe('For connectors that name none. Default: what fits the connector. (Kafka Connect: required)'),
  'header.converter': option.text().optional().describe('For connectors that name none.'),
  'offset.flush.interval.ms': option
    .durationMs()
    .default(1_000)
    .describe('How often offsets are committed. (Kafka Connect: 60000)'),
  'exactly.once.source.support': option
    .choice(['disabled', 'preparing', 'enabled'])
    .default('disabled')
    .describe(
      "`enabled`: sources write records and offsets in one transaction. `preparing` is for a cluster's upgrade.",
    ),
  'topic.creation.enable': option
    .boolean()
    .default(true)
    .describe('Sources make topics that are missing; false: only brokers do, as they are configured.'),
  'topic.tracking.enable': option.boolean().default(true).describe('The topics that connectors use are remembered.'),
  'topic.tracking.allow.reset': option.boolean().default(true).describe('Those may be forgotten on request.'),
  'task.shutdown.graceful.timeout.ms': option
    .durationMs()
    .default(5_000)
    .describe('A task that has not ended so long after it was told to is left behind.'),
  'task.stall.timeout.ms': option
    .durationMs()
    .default(60_000)
    .describe('A task that has had work for so long and made no progress says so in its status; 0: never. (ours)'),
  'connector.client.config.override.policy': option
    .text()
    .default('All')
    .describe(
      'Which `producer.override.*`, `consumer.override.*` and `admin.override.*` connectors may have: `All`, `None`, `Principal` (who they log in as) or `Allowlist`.',
    ),
  'connector.client.config.override.allowlist': option
    .list()
    .default([])
    .describe('Of that policy: the names that may be overridden, such as `compression.type`.'),
  'config.providers': option
    .text()
    .optional()
    .describe('Names of config providers: `env`, `file`, `directory`, or others with a `.class`.'),
});

export type WorkerSettings = z.output<typeof workerOptions>;

/** What may stand behind these is read where it is used. */
const prefixes = [
  'config.providers.',
  'key.converter.',
  'value.converter.',
  'header.converter.',
  'producer.',
  'consumer.',
  'admin.',
];

/** Throws one UsageError that names every fault, with the nearest valid word for an unknown key. */
export function readWorkerConfig(config: Readonly<Record<string, unknown>>): WorkerSettings {
  const known = Object.keys(workerOptions.shape);
  const isKnown = (key: string) => known.includes(key) || prefixes.some(prefix => key.startsWith(prefix));
  const faults = Object.keys(config)
    .filter(key => !isKnown(key))
    .map(key => `${key}: there is no such worker property${didYouMean(key, known)}`);
  const read = workerOptions.safeParse(
    Object.fromEntries(Object.entries(config).filter(([key]) => known.includes(key))),
  );
  for (const issue of read.error?.issues ?? []) faults.push(`${String(issue.path[0])}: ${issue.message}`);
  if (faults.length === 0 && read.success) return read.data;
  throw new UsageError(`the worker's properties: ${faults.join('\n')}`);
}

/** A topic that the worker keeps its knowledge in. */
export function storedTopic(settings: WorkerSettings, kind: 'config' | 'offset' | 'status'): StoredTopic {
  return {
    name: settings[`${kind}.storage.topic`],
    partitions: kind === 'config' ? 1 : settings[`${kind}.storage.partitions`],
    replicationFactor: settings[`${kind}.storage.replication.factor`],
  };
}

/** A connector's configuration with what it takes from the worker where it says nothing itself, and what only the worker says. */
export function inherited(
  kind: 'source' | 'sink',
  worker: Readonly<Record<string, unknown>>,
  settings: WorkerSettings,
  config: Readonly<Record<string, unknown>>,
): Readonly<Record<string, unknown>> {
  // A converter of its own takes no settings of the worker's.
  const lacking = ['key.converter', 'value.converter', 'header.converter'].filter(key => config[key] === undefined);
  const converters = Object.entries(worker).filter(([key]) =>
    lacking.some(converter => key === converter || key.startsWith(`${converter}.`)),
  );
  const source = {
    'group.id': settings['group.id'],
    'exactly.once.source.support': settings['exactly.once.source.support'],
    'offsets.storage.topic': config['offsets.storage.topic'] ?? settings['offset.storage.topic'],
  };
  return {
    ...clientDefaults(worker),
    'offset.flush.interval.ms': settings['offset.flush.interval.ms'],
    ...Object.fromEntries(converters),
    ...config,
    ...(kind === 'source' && source),
  };
}

const clientDefault = /^(producer|consumer|admin)\.(.+)$/;

/** `producer.acks` of a worker is what connectors get that do not say `producer.override.acks`. */
function clientDefaults(worker: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  const entries = Object.entries(worker).flatMap(([key, value]) => {
    const [, kind, name] = clientDefault.exec(key) ?? [];
    return name !== undefined && isOverridable(kind as ClientKind, name)
      ? [[`${kind}.override.${name}`, value] as const]
      : [];
  });
  return Object.fromEntries(entries);
}

/** Settings of clients, for all connectors, that no client here has. */
export function ineffectiveDefaults(worker: Readonly<Record<string, unknown>>): readonly string[] {
  return Object.keys(worker).filter(key => {
    const [, kind, name] = clientDefault.exec(key) ?? [];
    return name !== undefined && !isOverridable(kind as ClientKind, name);
  });
}
