// Kafka's checkpoint files: a version (0), a count, then a line of words per entry.

const version = '0';

export function formatEntries(rows: readonly (readonly (string | number)[])[]): Uint8Array {
  const lines = [version, String(rows.length), ...rows.map(row => row.join(' '))];
  return Buffer.from(`${lines.join('\n')}\n`);
}

/** The words of each entry; undefined when the text is cut, damaged or of another version. */
export function parseEntries(bytes: Uint8Array, wordCount: number): readonly (readonly string[])[] | undefined {
  const lines = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('utf8').split('\n');
  if (lines[0] !== version || !/^\d+$/.test(lines[1] ?? '')) return undefined;
  const rows = lines.slice(2, -1).map(line => line.split(' '));
  const isWhole = lines.at(-1) === '' && rows.length === Number(lines[1]);
  return isWhole && rows.every(row => row.length === wordCount) ? rows : undefined;
}
