// Strings, the most usual thing to write: straight from the records to bytes, with no object of a command in between.

import { DataError, type SinkRecord } from '../../connect/api/index.js';
import type { RedisSinkConfig } from './redis-sink-config.js';
import type { RespWriter } from './resp-writer.js';
import { keyspaceOf, requireKey, textOf, ttlOf } from './sink-commands.js';
import type { WrittenCommand } from './written-commands.js';

export interface BadRecord {
  readonly record: SinkRecord;
  readonly error: DataError;
}

export interface WrittenStrings {
  readonly commands: readonly WrittenCommand[];
  readonly bad: readonly BadRecord[];
}

/** The bytes are the writer's. */
export function writtenStrings(
  writer: RespWriter,
  records: readonly SinkRecord[],
  config: RedisSinkConfig,
): WrittenStrings {
  const commands: WrittenCommand[] = [];
  const bad: BadRecord[] = [];
  let name = '';
  let own: SinkRecord[] = [];
  let topic: string | undefined;
  let prefix = '';
  const end = () => {
    if (own.length > 0) commands.push({ name, bytes: writer.end(), records: own });
  };
  for (const record of records) {
    try {
      if (record.topic !== topic) prefix = prefixOf(config, (topic = record.topic));
      const key = requireKey(record);
      const value = record.value === null || record.value === undefined ? undefined : textOf(record.value);
      const ttlMs = value === undefined ? undefined : ttlOf(record, config);
      const needed = value === undefined ? 'del' : ttlMs === undefined ? 'mset' : 'set';
      if (needed !== name || needed === 'set') {
        end();
        own = [];
        writer.begin((name = needed));
      }
      writer.add(prefix === '' ? key : prefix + key);
      if (value !== undefined) writer.add(value);
      if (ttlMs !== undefined) {
        writer.add('PX');
        writer.add(ttlMs);
      }
      own.push(record);
    } catch (error) {
      if (!(error instanceof DataError)) throw error;
      bad.push({ record, error });
    }
  }
  end();
  return { commands, bad };
}

function prefixOf(config: RedisSinkConfig, topic: string): string {
  const keyspace = keyspaceOf(config, topic);
  return keyspace === '' ? '' : keyspace + config['redis.separator'];
}
