// The face of `millrace/connectors/redis`.

export { redisLookup } from './redis-lookup.js';
export { redisSink } from './redis-sink.js';
export { redisSource } from './redis-source.js';
