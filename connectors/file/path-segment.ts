import { createHash } from 'node:crypto';

/** The folder of records that have no such field: the name that Hive, Spark and DuckDB know. */
export const nullSegment = '__HIVE_DEFAULT_PARTITION__';

/** Shorter than any file system's limit, with room for what stands beside it. */
const charsMax = 160;

/**
 * A name for a folder out of any text: what could leave the folder, hide it or mean something to a file system is percent-encoded, so no two texts
 * share a name; a very long one is cut and told apart by its hash.
 */
export function pathSegment(text: string): string {
  if (text === '') return '%';
  let name = '';
  for (const byte of Buffer.from(text)) {
    const character = String.fromCharCode(byte);
    name += /[A-Za-z0-9_.@=,-]/.test(character) ? character : percent(byte);
  }
  if (name.startsWith('.')) name = `%2E${name.slice(1)}`;
  return name.length <= charsMax ? name : `${name.slice(0, charsMax)}~${hashOf(text)}`;
}

function percent(byte: number): string {
  return `%${byte.toString(16).toUpperCase().padStart(2, '0')}`;
}

function hashOf(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 32);
}
