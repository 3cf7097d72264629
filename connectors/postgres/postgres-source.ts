import { ConfigError, defineSource } from '../../connect/api/index.js';
import { type PostgresSourceConfig, postgresSourceConfig } from './postgres-source-config.js';
import { PostgresSourceTask } from './postgres-source-task.js';
import { topicOf } from './read-target.js';
import { requirePatterns } from './source-tables.js';

/**
 * Reads PostgreSQL tables by query: everything, or what is new by a growing column or a time of change. Rows are told apart by the transaction that
 * wrote them, so those that commit late, behind others with a higher id or a later time, are read too.
 */
export const postgresSource = defineSource({
  name: 'postgres-source',
  version: '0.2.0',
  description: 'Reads PostgreSQL tables by query; rows that commit late are never skipped.',
  config: postgresSourceConfig,
  // A row is in one round, and a round that was cut off goes on where it was. Bulk reads everything again; a query's rows have no transactions.
  exactlyOnceSupport: config => (config.mode === 'bulk' || config.query !== undefined ? 'unsupported' : 'supported'),
  converters: () => ({ key: 'json', value: 'json' }),
  validate: requireMeant,
  async start(config, context) {
    requireMeant(config);
    const task = new PostgresSourceTask(config, context);
    try {
      await task.open();
    } catch (error) {
      await task.close();
      throw error;
    }
    return task;
  },
});

function requireMeant(config: PostgresSourceConfig): void {
  requirePatterns(config);
  topicOf(config, '', '');
  if (config.query !== undefined && config['table.include.list'].length > 0)
    throw new ConfigError('query: give it or table.include.list, not both');
  if (config.query !== undefined && config['topic.prefix'] === '')
    throw new ConfigError('query: topic.prefix must name the topic of its rows');
  if (config.mode.startsWith('timestamp') && config['timestamp.column.name'].length === 0)
    throw new ConfigError(`mode: ${config.mode} needs timestamp.column.name`);
}
