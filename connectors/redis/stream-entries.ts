import { type BadRecord, DataError, type SourceRecord } from '../../connect/api/index.js';
import type { Reply } from './patient-call.js';
import { type RedisSourceConfig, topicOf } from './redis-source-config.js';
import { listOfReply, pairsOfReply, rawOfReply, textOfReply } from './reply-text.js';

export interface StreamEntries {
  readonly ids: readonly string[];
  readonly records: readonly SourceRecord[];
  readonly bad: readonly BadRecord[];
  /** Pending still, but deleted from the stream. */
  readonly gone: readonly string[];
}

/** Entries as Redis answers them: `[id, [field, value, ...]]` each. The id is the key, its milliseconds are the time. */
export function streamEntries(stream: string, reply: Reply, config: RedisSourceConfig): StreamEntries {
  const ids: string[] = [];
  const gone: string[] = [];
  const records: SourceRecord[] = [];
  const bad: BadRecord[] = [];
  const topic = topicOf(config, stream);
  for (const entry of listOfReply(reply)) {
    const [idReply, fields] = listOfReply(entry);
    if (idReply === undefined || fields === undefined) continue;
    const id = textOfReply(idReply);
    if (fields === null) {
      gone.push(id);
      continue;
    }
    ids.push(id);
    try {
      const value = bodyOf(fields, config['redis.stream.body.field']);
      records.push({ key: id, value, timestamp: Number(id.split('-')[0]), topic });
    } catch (error) {
      if (!(error instanceof DataError)) throw error;
      bad.push({ raw: rawOfReply(fields), error, position: { stream, id } });
    }
  }
  return { ids, records, bad, gone };
}

function bodyOf(fields: Reply, bodyField: string | undefined): unknown {
  const body = pairsOfReply(fields);
  if (bodyField === undefined) return body;
  if (!Object.hasOwn(body, bodyField)) throw new DataError(`the entry has no field "${bodyField}"`);
  return body[bodyField];
}
