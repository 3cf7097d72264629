// The face of `millrace/connectors/postgres`.

export { postgresLookup } from './postgres-lookup.js';
export { postgresSink } from './postgres-sink.js';
export { postgresSource } from './postgres-source.js';
