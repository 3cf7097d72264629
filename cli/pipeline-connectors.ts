import type { ConnectorShelf } from '../connect/pipeline/index.js';

/** The connectors that a pipeline may name by a word; each is loaded when one does. */
export const pipelineConnectors: ConnectorShelf = {
  file: async () => {
    const { fileSink, fileSource } = await import('../connectors/file/index.js');
    return { source: fileSource, sink: fileSink };
  },
  postgres: async () => {
    const { postgresLookup, postgresSink, postgresSource } = await import('../connectors/postgres/index.js');
    return { source: postgresSource, sink: postgresSink, lookup: postgresLookup };
  },
  redis: async () => {
    const { redisLookup, redisSink, redisSource } = await import('../connectors/redis/index.js');
    return { source: redisSource, sink: redisSink, lookup: redisLookup };
  },
};
