import { ConfigError, defineSink } from '../../connect/api/index.js';
import { type PostgresSinkConfig, postgresSinkConfig } from './postgres-sink-config.js';
import { PostgresSinkTask } from './postgres-sink-task.js';

/**
 * Writes topics to PostgreSQL tables: inserts, upserts, updates, deletes on records without a value. Each record counts exactly once, as its offset
 * moves in the transaction of its row.
 */
export const postgresSink = defineSink({
  name: 'postgres-sink',
  version: '0.2.0',
  description: 'Writes topics to PostgreSQL tables, each record exactly once.',
  config: postgresSinkConfig,
  converters: () => ({ key: 'json', value: 'json' }),
  validate: requireMeant,
  start(config, context) {
    requireMeant(config);
    return new PostgresSinkTask(config, context);
  },
});

function requireMeant(config: PostgresSinkConfig): void {
  const needsKey = config['insert.mode'] !== 'insert';
  if (needsKey && config['pk.mode'] === 'none') {
    throw new ConfigError(
      `insert.mode: ${config['insert.mode']} finds rows by their key: set pk.mode to record_key, record_value or kafka`,
    );
  }
  if (config['delete.enabled'] && config['pk.mode'] !== 'record_key') {
    throw new ConfigError(
      'delete.enabled: it needs pk.mode=record_key, as a record without a value has nothing but its key',
    );
  }
  if (config['pk.mode'] === 'kafka' && ![0, 3].includes(config['pk.fields'].length)) {
    throw new ConfigError('pk.fields: pk.mode=kafka takes exactly three (topic, partition, offset), or none');
  }
}
