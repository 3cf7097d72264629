import type { Random } from '../ports/random.js';

/** A random uuid (version 4) in hyphenated form, as in member ids. */
export function randomUuid(random: Random): string {
  const hex = Buffer.from(versionFour(random)).toString('hex');
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
}

/** A random uuid as Kafka prints topic ids: base64url, never beginning with a dash (a command line would take it for an option). */
export function randomTopicId(random: Random): string {
  for (;;) {
    const id = Buffer.from(versionFour(random)).toString('base64url');
    if (!id.startsWith('-')) return id;
  }
}

function versionFour(random: Random): Uint8Array {
  const bytes = random.bytes(16);
  bytes[6] = (bytes[6]! & 0x0f) | 0x40;
  bytes[8] = (bytes[8]! & 0x3f) | 0x80;
  return bytes;
}
