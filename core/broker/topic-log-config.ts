import { defaultLogConfig, type LogConfig } from '../log/log-config.js';
import { resolveTopicConfig, type TopicConfig } from '../metadata/topic-config.js';
import type { CodecName } from '../ports/compression.js';
import type { Partition } from './partition.js';
import type { TimestampBounds } from './timestamp-bounds.js';

/** What the log of each of a topic's partitions is told, from the configs that are set on the topic. */
export function topicLogConfig(configs: ReadonlyMap<string, string>): Omit<LogConfig, 'flush'> {
  const { cleanupPolicy, ...config } = resolveTopicConfig(configs);
  return {
    segmentBytes: config.segmentBytes,
    segmentMs: cleanupPolicy.compacts ? Math.min(config.segmentMs, config.maxCompactionLagMs) : config.segmentMs,
    // A topic that is only compacted keeps the last record of each key for ever.
    retentionMs: cleanupPolicy.deletes ? config.retentionMs : -1,
    retentionBytes: cleanupPolicy.deletes ? config.retentionBytes : -1,
    indexIntervalBytes: config.indexIntervalBytes,
    maxMessageBytes: config.maxMessageBytes,
    timestampType: config.timestampType,
    fileDeleteDelayMs: config.fileDeleteDelayMs,
    compaction: cleanupPolicy.compacts
      ? {
          minCleanableDirtyRatio: config.minCleanableDirtyRatio,
          minCompactionLagMs: config.minCompactionLagMs,
          maxCompactionLagMs: config.maxCompactionLagMs,
          deleteRetentionMs: config.deleteRetentionMs,
        }
      : undefined,
    producerIdExpirationMs: defaultLogConfig.producerIdExpirationMs,
  };
}

/** What a topic asks of the batches that clients send. */
export function batchRules(
  configs: ReadonlyMap<string, string>,
): Pick<Partition, 'isCompacted' | 'codec' | 'timestampBounds'> {
  const { cleanupPolicy, compressionType, ...config } = resolveTopicConfig(configs);
  const codec = compressionType === 'producer' ? undefined : codecNames[compressionType];
  const timestampBounds = config.timestampType === 'CreateTime' ? boundsOf(config) : undefined;
  return { isCompacted: cleanupPolicy.compacts, codec, timestampBounds };
}

function boundsOf(config: Pick<TopicConfig, 'timestampBeforeMaxMs' | 'timestampAfterMaxMs'>): TimestampBounds {
  const orInfinity = (ms: number) => (ms >= Number.MAX_SAFE_INTEGER ? Number.POSITIVE_INFINITY : ms);
  return { beforeMaxMs: orInfinity(config.timestampBeforeMaxMs), afterMaxMs: orInfinity(config.timestampAfterMaxMs) };
}

const codecNames: Readonly<Record<string, CodecName>> = {
  uncompressed: 'none',
  gzip: 'gzip',
  snappy: 'snappy',
  lz4: 'lz4',
  zstd: 'zstd',
};
