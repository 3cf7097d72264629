import { anyList, boolean, type ConfigType, double, int, listOf, long, oneOf } from './config-type.js';

export interface TopicConfigEntry {
  readonly type: ConfigType;
  /** As text, as DescribeConfigs gives it. */
  readonly default: string;
  readonly documentation: string;
}

const entry = (type: ConfigType, byDefault: string, documentation: string): TopicConfigEntry => ({
  type,
  default: byDefault,
  documentation,
});

const dayMs = 24 * 3_600_000;
const never = String(Number.MAX_SAFE_INTEGER);

/** Every config that a topic may have: Kafka's names, defaults and ranges. Where Kafka says Long.MAX_VALUE, 2^53-1 stands. */
export const topicConfigTable = {
  'cleanup.policy': entry(
    listOf('delete', 'compact'),
    'delete',
    'What happens to old segments: delete, compact (keep the last value of each key), or both.',
  ),
  'compression.gzip.level': entry(int(-1, 9), '-1', 'The level of gzip where the broker compresses.'),
  'compression.lz4.level': entry(int(1, 17), '9', 'The level of lz4 where the broker compresses.'),
  'compression.type': entry(
    oneOf('uncompressed', 'zstd', 'lz4', 'snappy', 'gzip', 'producer'),
    'producer',
    'The codec on disk; "producer" keeps what the producer chose.',
  ),
  'compression.zstd.level': entry(int(-131_072, 22), '3', 'The level of zstd where the broker compresses.'),
  'delete.retention.ms': entry(long(0), String(dayMs), 'How long tombstones stay in a compacted topic.'),
  'file.delete.delay.ms': entry(long(0), '60000', 'How long a deleted segment stays on disk.'),
  'flush.messages': entry(long(1), never, 'Accepted, without effect: see the flush policy of the log.'),
  'flush.ms': entry(long(0), never, 'Accepted, without effect: see the flush policy of the log.'),
  'follower.replication.throttled.replicas': entry(
    anyList,
    '',
    'Replicas whose replication is throttled on followers.',
  ),
  'index.interval.bytes': entry(int(0), '4096', 'After how many bytes the offset index gets an entry.'),
  'leader.replication.throttled.replicas': entry(anyList, '', 'Replicas whose replication is throttled on leaders.'),
  'max.compaction.lag.ms': entry(long(1), never, 'After how long a record must be compacted.'),
  'max.message.bytes': entry(
    int(0),
    String(1024 * 1024 + 12),
    'The largest batch that is accepted, after compression.',
  ),
  'message.timestamp.after.max.ms': entry(long(0), '3600000', 'How far a record timestamp may be ahead of the broker.'),
  'message.timestamp.before.max.ms': entry(long(0), never, 'How far a record timestamp may be behind the broker.'),
  'message.timestamp.type': entry(
    oneOf('CreateTime', 'LogAppendTime'),
    'CreateTime',
    'Whose time records have: the producer’s or the broker’s.',
  ),
  'min.cleanable.dirty.ratio': entry(
    double(0, 1),
    '0.5',
    'How much of a log must be uncompacted before it is compacted.',
  ),
  'min.compaction.lag.ms': entry(long(0), '0', 'How long a record stays uncompacted.'),
  'min.insync.replicas': entry(int(1), '1', 'How many replicas must have a record before acks=all is answered.'),
  preallocate: entry(boolean, 'false', 'Accepted, without effect.'),
  'remote.storage.enable': entry(oneOf('false'), 'false', 'Tiered storage, which there is none of.'),
  'retention.bytes': entry(long(-1), '-1', 'How large a partition may grow; -1: no limit.'),
  'retention.ms': entry(long(-1), String(7 * dayMs), 'How long records are kept; -1: for ever.'),
  'segment.bytes': entry(int(14), String(1024 ** 3), 'The size of a segment file.'),
  'segment.index.bytes': entry(int(4), String(10 * 1024 ** 2), 'The largest size of an index file.'),
  'segment.jitter.ms': entry(long(0), '0', 'A random part of segment.ms, so that not all segments roll at once.'),
  'segment.ms': entry(long(1), String(7 * dayMs), 'After how long a segment is rolled.'),
  'unclean.leader.election.enable': entry(boolean, 'false', 'Whether a replica out of sync may become leader.'),
} as const satisfies Record<string, TopicConfigEntry>;

export type TopicConfigName = keyof typeof topicConfigTable;

export const topicConfigNames = Object.keys(topicConfigTable) as readonly TopicConfigName[];

export function findTopicConfig(name: string): TopicConfigEntry | undefined {
  return Object.hasOwn(topicConfigTable, name) ? topicConfigTable[name as TopicConfigName] : undefined;
}
