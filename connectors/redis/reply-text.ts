import { DataError } from '../../connect/api/index.js';
import type { Reply } from './patient-call.js';

const strict = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** Redis holds bytes; records hold text. Throws DataError for bytes that are none. */
export function textOfReply(reply: Reply): string {
  if (typeof reply === 'number') return String(reply);
  if (!Buffer.isBuffer(reply)) throw new DataError('Redis answered something else than a text');
  try {
    return strict.decode(reply);
  } catch {
    throw new DataError('it holds bytes that are no UTF-8');
  }
}

/** Names and values that take turns. */
export function pairsOfReply(reply: Reply): Record<string, string> {
  const parts = listOfReply(reply);
  const pairs: [string, string][] = [];
  for (let at = 0; at < parts.length; at += 2) pairs.push([textOfReply(parts[at]!), textOfReply(parts[at + 1]!)]);
  return Object.fromEntries(pairs);
}

export function listOfReply(reply: Reply | undefined): readonly Reply[] {
  return Array.isArray(reply) ? (reply as readonly Reply[]) : [];
}

/** The bytes as they came, for a dead letter. */
export function rawOfReply(reply: Reply): Buffer | string | null {
  if (Buffer.isBuffer(reply) || reply === null) return reply;
  const readable = (each: Reply): unknown =>
    Buffer.isBuffer(each) ? each.toString('latin1') : Array.isArray(each) ? each.map(readable) : each;
  return JSON.stringify(readable(reply));
}
