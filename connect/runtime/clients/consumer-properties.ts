import { type ConsumerOptions, didYouMean } from '../../../core/index.js';
import { ConfigError } from '../../api/errors.js';
import { listOf } from '../validation/config-key.js';
import type { ClientProperties } from './client-property.js';

/** `metadataMaxAgeMs` is also how often it is looked for new topics that a pattern matches. */
export type SinkConsumerOptions = Omit<ConsumerOptions, 'topics' | 'key' | 'value'>;

const assignors = ['range', 'roundrobin', 'sticky', 'cooperative-sticky'] as const;

/** What `consumer.override.*` can set. */
export const consumerProperties: ClientProperties<SinkConsumerOptions> = {
  'auto.offset.reset': {
    type: 'STRING',
    words: ['earliest', 'latest', 'none'],
    isAnyCase: true,
    option: value => ({ autoOffsetReset: value as 'earliest' | 'latest' | 'none' }),
  },
  'check.crcs': { type: 'BOOLEAN', isAnyCase: true, option: value => ({ checkCrcs: value === 'true' }) },
  'client.id': { type: 'STRING', option: clientId => ({ clientId }) },
  'default.api.timeout.ms': { type: 'INT', min: 1, option: value => ({ defaultApiTimeoutMs: Number(value) }) },
  'fetch.max.bytes': { type: 'INT', min: 0, option: value => ({ fetchMaxBytes: Number(value) }) },
  'fetch.max.wait.ms': { type: 'INT', min: 0, option: value => ({ fetchMaxWaitMs: Number(value) }) },
  'fetch.min.bytes': { type: 'INT', min: 0, option: value => ({ fetchMinBytes: Number(value) }) },
  'group.id': { type: 'STRING', option: groupId => ({ groupId }) },
  'group.instance.id': { type: 'STRING', option: groupInstanceId => ({ groupInstanceId }) },
  'group.protocol': {
    type: 'STRING',
    words: ['classic', 'consumer'],
    isAnyCase: true,
    option: value => ({ groupProtocol: value as 'classic' | 'consumer' }),
  },
  'group.remote.assignor': { type: 'STRING', option: groupRemoteAssignor => ({ groupRemoteAssignor }) },
  'heartbeat.interval.ms': { type: 'INT', min: 1, option: value => ({ heartbeatIntervalMs: Number(value) }) },
  'isolation.level': {
    type: 'STRING',
    words: ['read_committed', 'read_uncommitted'],
    isAnyCase: true,
    option: value => ({ isolationLevel: value as 'read_committed' | 'read_uncommitted' }),
  },
  'max.partition.fetch.bytes': { type: 'INT', min: 0, option: value => ({ maxPartitionFetchBytes: Number(value) }) },
  'max.poll.interval.ms': { type: 'INT', min: 1, option: value => ({ maxPollIntervalMs: Number(value) }) },
  'max.poll.records': { type: 'INT', min: 1, option: value => ({ pollRecordsMax: Number(value) }) },
  'metadata.max.age.ms': { type: 'LONG', min: 0, option: value => ({ metadataMaxAgeMs: Number(value) }) },
  'partition.assignment.strategy': {
    type: 'LIST',
    option: value => ({ assignors: listOf(value).map(assignorNamed) }),
  },
  'session.timeout.ms': { type: 'INT', min: 1, option: value => ({ sessionTimeoutMs: Number(value) }) },
};

/** `range`, or `org.apache.kafka.clients.consumer.RangeAssignor`. */
function assignorNamed(name: string): (typeof assignors)[number] {
  const short = name.replace(/^org\.apache\.kafka\.clients\.consumer\.(\w+)Assignor$/, '$1');
  const found = assignors.find(each => each.replace('-', '') === short.toLowerCase().replace('-', ''));
  if (found !== undefined) return found;
  throw new ConfigError(
    `Invalid value ${name} for configuration partition.assignment.strategy: Class ${name} could not be found.${didYouMean(short.toLowerCase(), [...assignors])}`,
  );
}
