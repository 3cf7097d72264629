// A record as commands of Redis. A record without a value takes away what the same record with a value had put there.

import { DataError, jsonText, type SinkRecord } from '../../connect/api/index.js';
import { type RedisSinkConfig, topicPlaceholder } from './redis-sink-config.js';

export type Argument = string | number | Buffer;
export type Command = readonly [name: string, ...args: Argument[]];

export interface RecordCommands {
  readonly record: SinkRecord;
  readonly commands: readonly Command[];
  /** What the commands touch, and the type that it must have, where another type would make them fail. */
  readonly key: string;
  readonly type: 'hash' | 'stream' | 'list' | 'set' | 'zset' | 'ReJSON-RL' | undefined;
}

/** Where commands go to: the keyspace of their topic, at a server that knows JSON documents or not. */
export interface CommandPlace {
  readonly keyspace: string;
  readonly hasJson: boolean;
}

export function keyspaceOf(config: RedisSinkConfig, topic: string): string {
  return config['redis.keyspace'].replaceAll(topicPlaceholder, topic);
}

/** Throws DataError for a record that cannot be meant. Without the server’s JSON documents, `json` is a string of JSON. */
export function recordCommands(record: SinkRecord, config: RedisSinkConfig, place: CommandPlace): RecordCommands {
  const { keyspace } = place;
  switch (config['redis.type']) {
    case 'string':
    case 'hash':
    case 'json':
      return keyed(record, config, place);
    case 'publish':
      return {
        record,
        key: keyspace,
        type: undefined,
        commands: isNull(record.value) ? [] : [['PUBLISH', keyspace, textOf(record.value)]],
      };
    case 'stream':
      return stream(record, config, keyspace);
    case 'list':
      return list(record, config, keyspace);
    case 'set':
      return set(record, keyspace);
    case 'zset':
      return sortedSet(record, config, keyspace);
  }
}

function keyed(record: SinkRecord, config: RedisSinkConfig, { keyspace, hasJson }: CommandPlace): RecordCommands {
  const suffix = requireKey(record);
  const key = keyspace === '' ? suffix : `${keyspace}${config['redis.separator']}${suffix}`;
  if (isNull(record.value)) return { record, key, type: undefined, commands: [['DEL', key]] };
  const ttlMs = ttlOf(record, config);
  const form = config['redis.type'] === 'json' && !hasJson ? 'string' : config['redis.type'];
  if (form === 'string') {
    const text = config['redis.type'] === 'json' ? jsonText(record.value) : textOf(record.value);
    const command: Command = ttlMs === undefined ? ['SET', key, text] : ['SET', key, text, 'PX', ttlMs];
    return { record, key, type: undefined, commands: [command] };
  }
  const isJson = form === 'json';
  const write: Command = isJson ? ['JSON.SET', key, '$', jsonText(record.value)] : ['HSET', key, ...fieldsOf(record)];
  const commands = ttlMs === undefined ? [write] : [write, ['PEXPIRE', key, ttlMs] as const];
  return { record, key, type: isJson ? 'ReJSON-RL' : 'hash', commands };
}

/** A script hands no more than about 8,000 arguments to a command. */
const entryArgumentsMax = 7_000;

function stream(record: SinkRecord, config: RedisSinkConfig, key: string): RecordCommands {
  if (isNull(record.value)) throw new DataError('the record has no value, and nothing is taken out of a stream');
  const length = config['redis.stream.length.max'];
  const limit: Argument[] = length === undefined ? [] : ['MAXLEN', '~', length];
  const fields = isObject(record.value) ? fieldsOf(record) : [...keyField(record), 'value', textOf(record.value)];
  if (fields.length > entryArgumentsMax)
    throw new DataError(`an entry of a stream may have ${entryArgumentsMax / 2} fields here, not ${fields.length / 2}`);
  return { record, key, type: 'stream', commands: [['XADD', key, ...limit, '*', ...fields]] };
}

function list(record: SinkRecord, config: RedisSinkConfig, key: string): RecordCommands {
  const push = config['redis.list.push'] === 'right' ? 'RPUSH' : 'LPUSH';
  if (!isNull(record.value)) return { record, key, type: 'list', commands: [[push, key, textOf(record.value)]] };
  return { record, key, type: 'list', commands: [['LREM', key, 0, requireKey(record)]] };
}

/** The member is the record’s key where it has one, so that a record without a value can take it away. */
function set(record: SinkRecord, key: string): RecordCommands {
  if (isNull(record.value)) return { record, key, type: 'set', commands: [['SREM', key, requireKey(record)]] };
  const member = isNull(record.key) ? textOf(record.value) : requireKey(record);
  return { record, key, type: 'set', commands: [['SADD', key, member]] };
}

function sortedSet(record: SinkRecord, config: RedisSinkConfig, key: string): RecordCommands {
  const member = requireKey(record);
  if (isNull(record.value)) return { record, key, type: 'zset', commands: [['ZREM', key, member]] };
  const field = config['redis.zset.score.field'];
  const given = isObject(record.value) ? record.value[field] : record.value;
  const score = typeof given === 'string' && given.trim() !== '' ? Number(given) : given;
  if (typeof score !== 'number' || Number.isNaN(score)) {
    throw new DataError(`the score must be a number: the value itself, or its field "${field}"`);
  }
  return { record, key, type: 'zset', commands: [['ZADD', key, score, member]] };
}

export function requireKey({ key }: SinkRecord): string {
  if (isNull(key)) throw new DataError('the record has no key, which this redis.type needs');
  const text = textOf(key);
  return typeof text === 'string' ? text : text.toString('utf8');
}

function keyField({ key }: SinkRecord): Argument[] {
  return isNull(key) ? [] : ['key', textOf(key)];
}

function fieldsOf({ value }: SinkRecord): Argument[] {
  if (!isObject(value)) throw new DataError('the value must be an object: its fields become those of the hash');
  const fields = Object.entries(value).flatMap(([name, each]) => (isNull(each) ? [] : [name, textOf(each)]));
  if (fields.length === 0) throw new DataError('the value has no field that is not null');
  return fields;
}

const ttlSecondsMax = 100 * 365 * 86_400;

export function ttlOf({ headers }: SinkRecord, config: RedisSinkConfig): number | undefined {
  const header = headers.findLast(each => each.key === 'redis.key.ttl')?.value;
  if (header === undefined || header === null) return config['redis.key.ttl'];
  const seconds = Number(Buffer.from(header).toString());
  if (!Number.isFinite(seconds) || seconds <= 0 || seconds > ttlSecondsMax)
    throw new DataError('the header redis.key.ttl must hold seconds, more than 0 and no more than a century');
  return Math.ceil(seconds * 1_000);
}

export function textOf(value: unknown): string | Buffer {
  if (typeof value === 'string') return value;
  if (value instanceof Uint8Array) return Buffer.from(value.buffer, value.byteOffset, value.length);
  if (typeof value === 'object') return jsonText(value);
  return String(value);
}

function isNull(value: unknown): value is null | undefined {
  return value === null || value === undefined;
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Uint8Array);
}
