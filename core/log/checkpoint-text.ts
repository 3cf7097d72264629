// Kafka's checkpoint files: a version (0), a count, then a line of words per entry. One flipped bit in such a number would make recovery
// believe bytes that it should look at, or drop batches that are good. So the last line ends with the CRC-32C of all before it, a
// blank for each 0 and a tab for each 1: Kafka splits lines at white space and drops what trails.

import { crc32c } from '../records/crc32c.js';

const version = '0';
const checksumBits = 32;

export function formatEntries(rows: readonly (readonly (string | number)[])[]): Uint8Array {
  const text = [version, String(rows.length), ...rows.map(row => row.join(' '))].join('\n');
  return Buffer.from(`${text}${rows.length > 0 ? checksumOf(text) : ''}\n`);
}

/** The words of each entry; undefined when the text is cut, damaged or of another version. Kafka's own files bear no checksum. */
export function parseEntries(bytes: Uint8Array, wordCount: number): readonly (readonly string[])[] | undefined {
  const written = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1');
  const text = written.trimEnd();
  const checksum = written.slice(text.length, -1);
  if (checksum !== '' && checksum !== checksumOf(text)) return undefined;
  const lines = text.split('\n');
  if (!written.endsWith('\n') || lines[0] !== version || !/^\d+$/.test(lines[1] ?? '')) return undefined;
  const rows = lines.slice(2).map(line => line.split(' '));
  return rows.length === Number(lines[1]) && rows.every(row => row.length === wordCount) ? rows : undefined;
}

function checksumOf(text: string): string {
  const bits = crc32c(Buffer.from(text, 'latin1')).toString(2).padStart(checksumBits, '0');
  return bits.replaceAll('0', ' ').replaceAll('1', '\t');
}
