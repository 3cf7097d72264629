// The face of `millrace/connectors/redis`.

export { redisSink } from './redis-sink.js';
export { redisSource } from './redis-source.js';
