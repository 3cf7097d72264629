import { ConfigError, defineSource, type SourceContext, type SourceTask } from '../../connect/api/index.js';
import { ChannelSourceTask } from './channel-source-task.js';
import { KeyspaceSourceTask } from './keyspace-source-task.js';
import { ListSourceTask } from './list-source-task.js';
import { clientOptions } from './redis-connection.js';
import { type RedisSourceConfig, redisSourceConfig } from './redis-source-config.js';
import { ScanSourceTask } from './scan-source-task.js';
import { StreamSourceTask } from './stream-source-task.js';

/**
 * Reads streams, lists, channels or keys of Redis. Streams and lists at least once (entries stay pending in Redis until their records are committed)
 * or at most once; streams also exactly once, by the connector's own offsets. Channels at most once: Redis keeps no message for who is not there. Keys give
 * the value that a key has when it is read, so changes in quick succession may come as one.
 */
export const redisSource = defineSource({
  name: 'redis-source',
  version: '0.2.0',
  description: 'Reads streams, lists, channels or keys of Redis.',
  config: redisSourceConfig,
  converters: config => ({ key: 'string', value: hasText(config) ? 'string' : 'json' }),
  tasks: (config, tasksMax) => Array.from({ length: sharesEntries(config) ? tasksMax : 1 }, () => config),
  exactlyOnceSupport: config =>
    config['redis.type'] === 'stream' && config['redis.stream.position'] === 'offsets' ? 'supported' : 'unsupported',
  validate: requireMeant,
  async start(config, context) {
    requireMeant(config);
    const task = taskOf(config, context);
    try {
      await task.open();
    } catch (error) {
      await task.close();
      throw error;
    }
    return task;
  },
});

interface RedisTask extends SourceTask {
  open(): Promise<void>;
  close(): Promise<void>;
}

function taskOf(config: RedisSourceConfig, context: SourceContext): RedisTask {
  switch (config['redis.type']) {
    case 'stream':
      return new StreamSourceTask(config, context);
    case 'list':
      return new ListSourceTask(config, context);
    case 'pubsub':
      return new ChannelSourceTask(config, context);
    case 'keys':
      return new KeyspaceSourceTask(config, context);
    case 'scan':
      return new ScanSourceTask(config, context);
  }
}

function hasText(config: RedisSourceConfig): boolean {
  const type = config['redis.type'];
  return type === 'list' || type === 'pubsub' || (type === 'stream' && config['redis.stream.body.field'] !== undefined);
}

/** Several tasks are several consumers of one group. */
function sharesEntries(config: RedisSourceConfig): boolean {
  return config['redis.type'] === 'stream' && config['redis.stream.position'] === 'group';
}

function requireMeant(config: RedisSourceConfig): void {
  clientOptions(config);
  const type = config['redis.type'];
  const isCluster = config['redis.cluster.enabled'];
  if (type === 'stream' && config['redis.stream.name'].length === 0)
    throw new ConfigError('redis.stream.name: name the stream to read');
  if (type === 'stream' && !/^(\d+(-\d+)?|\$)$/.test(config['redis.stream.offset']))
    throw new ConfigError(`redis.stream.offset: "${config['redis.stream.offset']}" must be an id such as 0-0, or $`);
  if (isCluster && type === 'stream' && config['redis.stream.name'].length > 1)
    throw new ConfigError('redis.stream.name: streams of a cluster lie on different nodes; make a connector for each');
  if (type === 'list' && config['redis.list.name'] === undefined)
    throw new ConfigError('redis.list.name: name the list to read');
  if (type === 'pubsub' && config['redis.channels'].length === 0)
    throw new ConfigError('redis.channels: name the channels to listen to');
  if (isCluster && (type === 'keys' || type === 'scan'))
    throw new ConfigError(
      `redis.type: "${type}" reads one node; for a cluster, make a connector for each node without redis.cluster.enabled`,
    );
  for (const given of config['redis.keys.types']) {
    if (!keyTypes.includes(given))
      throw new ConfigError(`redis.keys.types: there is no type "${given}"`, { given, known: keyTypes });
  }
}

const keyTypes = ['string', 'hash', 'list', 'set', 'zset', 'stream', 'ReJSON-RL'];
