import { ConfigError, defineSink } from '../../connect/api/index.js';
import { clientOptions } from './redis-connection.js';
import { type RedisSinkConfig, redisSinkConfig } from './redis-sink-config.js';
import { RedisSinkTask } from './redis-sink-task.js';

/**
 * Writes topics to Redis in the order of their records: strings, hashes, JSON documents, streams, lists, sets, sorted sets, channels. Exactly once on
 * one node: offsets move in one step with the records. Behind sentinels as far as Redis replicates: what a failed master had not passed on is
 * lost together with its offsets, and written again. On a cluster at least once.
 */
export const redisSink = defineSink({
  name: 'redis-sink',
  version: '0.2.0',
  description: 'Writes topics to Redis, each record exactly once on one node.',
  config: redisSinkConfig,
  converters: config => ({
    key: 'string',
    value: ['hash', 'json', 'zset', 'stream'].includes(config['redis.type']) ? 'json' : 'string',
  }),
  validate: requireMeant,
  start(config, context) {
    requireMeant(config);
    return new RedisSinkTask(config, context);
  },
});

function requireMeant(config: RedisSinkConfig): void {
  clientOptions(config);
  if (config['redis.type'] === 'publish' && config['redis.key.ttl'] !== undefined)
    throw new ConfigError('redis.key.ttl: a message of a channel has no key that could expire');
}
