import { didYouMean } from '../base/nearest-word.js';
import { listItems } from './config-type.js';
import { type Refusal, refusal } from './refusal.js';
import { findTopicConfig, type TopicConfigName, topicConfigNames, topicConfigTable } from './topic-config-table.js';

/** The configs of a topic with all defaults, typed: what a log and its cleaner work by. */
export interface TopicConfig {
  readonly cleanupPolicy: { readonly deletes: boolean; readonly compacts: boolean };
  readonly compressionType: string;
  readonly deleteRetentionMs: number;
  readonly fileDeleteDelayMs: number;
  readonly indexIntervalBytes: number;
  readonly maxCompactionLagMs: number;
  readonly maxMessageBytes: number;
  readonly timestampAfterMaxMs: number;
  readonly timestampBeforeMaxMs: number;
  readonly timestampType: 'CreateTime' | 'LogAppendTime';
  readonly minCleanableDirtyRatio: number;
  readonly minCompactionLagMs: number;
  readonly minInsyncReplicas: number;
  /** -1: no limit. */
  readonly retentionBytes: number;
  /** -1: for ever. */
  readonly retentionMs: number;
  readonly segmentBytes: number;
  readonly segmentMs: number;
}

/** `overrides` are what the topic sets, `defaults` what the broker sets for all topics; the table stands behind both. */
export function resolveTopicConfig(
  overrides: ReadonlyMap<string, string>,
  defaults: ReadonlyMap<string, string> = new Map(),
): TopicConfig {
  const text = (name: TopicConfigName) => overrides.get(name) ?? defaults.get(name) ?? topicConfigTable[name].default;
  const number = (name: TopicConfigName) => Number(text(name));
  const policies = listItems(text('cleanup.policy'));
  return {
    cleanupPolicy: { deletes: policies.includes('delete'), compacts: policies.includes('compact') },
    compressionType: text('compression.type'),
    deleteRetentionMs: number('delete.retention.ms'),
    fileDeleteDelayMs: number('file.delete.delay.ms'),
    indexIntervalBytes: number('index.interval.bytes'),
    maxCompactionLagMs: number('max.compaction.lag.ms'),
    maxMessageBytes: number('max.message.bytes'),
    timestampAfterMaxMs: number('message.timestamp.after.max.ms'),
    timestampBeforeMaxMs: number('message.timestamp.before.max.ms'),
    timestampType: text('message.timestamp.type') === 'LogAppendTime' ? 'LogAppendTime' : 'CreateTime',
    minCleanableDirtyRatio: number('min.cleanable.dirty.ratio'),
    minCompactionLagMs: number('min.compaction.lag.ms'),
    minInsyncReplicas: number('min.insync.replicas'),
    retentionBytes: number('retention.bytes'),
    retentionMs: number('retention.ms'),
    segmentBytes: number('segment.bytes'),
    segmentMs: number('segment.ms'),
  };
}

/** Why a topic may not have this config. */
export function refuseTopicConfig(name: string, value: string | null): Refusal | undefined {
  const entry = findTopicConfig(name);
  if (entry === undefined) {
    return refusal('INVALID_CONFIG', `unknown topic config "${name}"${didYouMean(name, topicConfigNames)}`);
  }
  if (value === null) return refusal('INVALID_CONFIG', `${name} needs a value`);
  const wrong = entry.type.check(value);
  return wrong === undefined ? undefined : refusal('INVALID_CONFIG', `${name} ${wrong}, not "${value}"`);
}

/** Why these configs, each fine by itself, cannot go together. */
export function refuseTopicConfigs(configs: ReadonlyMap<string, string>): Refusal | undefined {
  const { minCompactionLagMs, maxCompactionLagMs } = resolveTopicConfig(configs);
  if (minCompactionLagMs <= maxCompactionLagMs) return undefined;
  return refusal('INVALID_CONFIG', 'min.compaction.lag.ms is larger than max.compaction.lag.ms');
}
