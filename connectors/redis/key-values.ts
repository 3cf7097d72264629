// Keys with what they hold: `{ key, type, ttlMs, value }`; a string is text, a hash an object, a list or set an array, a sorted set an array of
// `{ member, score }`, a stream an array of `{ id, body }`, a JSON document itself. A key that is gone is null.

import { type BadRecord, DataError, type SourceRecord } from '../../connect/api/index.js';
import type { Reply } from './patient-call.js';
import { type RedisConnection, redisError } from './redis-connection.js';
import { listOfReply, pairsOfReply, rawOfReply, textOfReply } from './reply-text.js';

export interface KeyValues {
  readonly records: readonly SourceRecord[];
  readonly bad: readonly BadRecord[];
}

const commands: Readonly<Record<string, (key: Buffer) => readonly [string, ...(string | Buffer)[]]>> = {
  string: key => ['GET', key],
  hash: key => ['HGETALL', key],
  list: key => ['LRANGE', key, '0', '-1'],
  set: key => ['SMEMBERS', key],
  zset: key => ['ZRANGE', key, '0', '-1', 'WITHSCORES'],
  stream: key => ['XRANGE', key, '-', '+'],
  'ReJSON-RL': key => ['JSON.GET', key],
};

export interface WantedKeys {
  readonly keys: readonly Buffer[];
  readonly topic: string | undefined;
  /** Empty: all. */
  readonly types: readonly string[];
  /** Whether keys that are gone make records without a value. */
  readonly withGone: boolean;
}

/** Two round trips, however many keys. */
export async function keyValues(connection: RedisConnection, wanted: WantedKeys): Promise<KeyValues> {
  const { keys, topic, types, withGone } = wanted;
  try {
    const client = await connection.client();
    const asked = client.pipeline(
      keys.flatMap(key => [
        ['type', key],
        ['pttl', key],
      ]),
    );
    const facts = ((await asked.exec()) ?? []).map(requireReply);
    const found = keys
      .map((key, at) => ({ key, type: String(facts[2 * at]), ttlMs: Number(facts[2 * at + 1]) }))
      .filter(({ type }) => types.length === 0 || types.includes(type) || type === 'none');
    const reading = client.pipeline();
    for (const { key, type } of found) {
      const [name, ...args] = commands[type]?.(key) ?? ['TYPE', key];
      reading.callBuffer(name, args);
    }
    const replies = (await reading.exec()) ?? [];
    const records: SourceRecord[] = [];
    const bad: BadRecord[] = [];
    for (const [at, { key, type, ttlMs }] of found.entries()) {
      const [error, reply] = replies[at] as [Error | null, Reply];
      // Another type by now: whoever changed it has made an event of it, and a scan says nothing of the time after it.
      if (error !== null && error.name === 'ReplyError') continue;
      if (error !== null) throw error;
      try {
        const name = textOfReply(key);
        const isGone = type === 'none' || reply === null;
        if (isGone && withGone) records.push({ key: name, value: null, topic });
        if (isGone) continue;
        const value = { key: name, type, ttlMs: ttlMs < 0 ? null : ttlMs, value: contentOf(type, reply) };
        records.push({ key: name, value, topic });
      } catch (failure) {
        if (!(failure instanceof DataError)) throw failure;
        bad.push({ raw: rawOfReply(reply), error: failure, position: { key: key.toString('latin1'), type } });
      }
    }
    return { records, bad };
  } catch (error) {
    throw redisError(error, 'reading keys of Redis');
  }
}

function contentOf(type: string, reply: Reply): unknown {
  switch (type) {
    case 'string':
      return textOfReply(reply);
    case 'hash':
      return pairsOfReply(reply);
    case 'list':
      return listOfReply(reply).map(textOfReply);
    case 'set':
      return listOfReply(reply)
        .map(textOfReply)
        .sort((a, b) => (a < b ? -1 : 1));
    case 'zset':
      return members(listOfReply(reply).map(textOfReply));
    case 'stream':
      return listOfReply(reply).map(entry => {
        const [id, fields] = listOfReply(entry);
        return { id: textOfReply(id!), body: pairsOfReply(fields!) };
      });
    case 'ReJSON-RL':
      return JSON.parse(textOfReply(reply));
    default:
      throw new DataError(`it is of the type ${type}, which is not read`);
  }
}

function members(texts: readonly string[]): readonly { member: string; score: number | string }[] {
  const found: { member: string; score: number | string }[] = [];
  for (let at = 0; at < texts.length; at += 2) {
    const score = Number(texts[at + 1]);
    // inf and -inf are no numbers in JSON.
    found.push({ member: texts[at]!, score: Number.isFinite(score) ? score : texts[at + 1]! });
  }
  return found;
}

function requireReply([error, reply]: readonly [Error | null, unknown]): unknown {
  if (error !== null) throw error;
  return reply;
}
