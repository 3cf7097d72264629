import { didYouMean } from '../base/nearest-word.js';
import type { AlterConfigsCommand, AlterConfigsReply, ConfigAlteration } from './cluster-command.js';
import type { ClusterImage } from './cluster-image.js';
import type { ConfigRecord } from './cluster-record.js';
import { listItems, listTypeCode } from './config-type.js';
import { noError, type Refusal, refusal } from './refusal.js';
import { refuseTopicConfig, refuseTopicConfigs } from './topic-config.js';
import { findTopicConfig } from './topic-config-table.js';

const topicResource = 2;
const operations = { set: 0, delete: 1, append: 2, subtract: 3 } as const;

type Resource = AlterConfigsCommand['resources'][number];

/** Each resource is altered whole or not at all. */
export function alterConfigs(
  image: ClusterImage,
  command: AlterConfigsCommand,
): { records: ConfigRecord[]; reply: AlterConfigsReply } {
  const records: ConfigRecord[] = [];
  const responses = command.resources.map(resource => {
    const { resourceType, resourceName } = resource;
    const altered = alterTopic(image, resource, command.replaces ?? false);
    if (!Array.isArray(altered)) return { ...altered, resourceType, resourceName };
    if (!command.validateOnly) records.push(...altered);
    return { ...noError, resourceType, resourceName };
  });
  return { records, reply: { responses } };
}

function alterTopic(image: ClusterImage, resource: Resource, replaces: boolean): ConfigRecord[] | Refusal {
  const { resourceType, resourceName: topicName, configs } = resource;
  if (resourceType !== topicResource) {
    return refusal('INVALID_REQUEST', `configs of topics (type 2) can be altered, not those of type ${resourceType}`);
  }
  const topic = image.topic(topicName);
  if (topic === undefined) {
    const near = didYouMean(topicName, image.topicsByName.keys());
    return refusal('UNKNOWN_TOPIC_OR_PARTITION', `there is no topic "${topicName}"${near}`);
  }
  const after = new Map(replaces ? [] : topic.configs);
  const names = new Set<string>();
  for (const alteration of configs) {
    const { name } = alteration;
    if (names.has(name)) return refusal('INVALID_REQUEST', `the request alters ${name} twice`);
    names.add(name);
    const refused = alter(after, alteration);
    if (refused !== undefined) return refused;
  }
  const changed = replaces ? new Set([...names, ...topic.configs.keys()]) : names;
  return (
    refuseTopicConfigs(after) ??
    [...changed].map(name => ({ kind: 'config', topic: topicName, name, value: after.get(name) ?? null }))
  );
}

function alter(configs: Map<string, string>, { name, configOperation, value }: ConfigAlteration): Refusal | undefined {
  if (configOperation === operations.delete) {
    // A name that is no config any more can still be taken away.
    if (!configs.has(name) && findTopicConfig(name) === undefined) return refuseTopicConfig(name, value);
    configs.delete(name);
    return undefined;
  }
  const next = nextValue(configs, { name, configOperation, value });
  if (typeof next === 'object' && next !== null) return next;
  const refused = refuseTopicConfig(name, next);
  if (refused === undefined) configs.set(name, next!);
  return refused;
}

function nextValue(
  configs: ReadonlyMap<string, string>,
  { name, configOperation, value }: ConfigAlteration,
): string | null | Refusal {
  if (configOperation === operations.set) return value;
  const entry = findTopicConfig(name);
  if (entry === undefined) return refuseTopicConfig(name, value)!;
  if (entry.type.code !== listTypeCode) return refusal('INVALID_CONFIG', `${name} is no list: it can only be set`);
  const items = listItems(configs.get(name) ?? entry.default);
  const given = listItems(value ?? '');
  if (configOperation === operations.append) return [...new Set([...items, ...given])].join(',');
  if (configOperation === operations.subtract) return items.filter(item => !given.includes(item)).join(',');
  return refusal('INVALID_REQUEST', `unknown operation ${configOperation} on ${name}`);
}
