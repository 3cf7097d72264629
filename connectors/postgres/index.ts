// The face of `millrace/connectors/postgres`.

export { postgresSink } from './postgres-sink.js';
export { postgresSource } from './postgres-source.js';
