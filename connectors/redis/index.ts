// The face of `millrace/connectors/redis`.

export { redisSink } from './redis-sink.js';
