// As Java's clients choose the partition of a key: murmur2 without its sign bit.

const seed = 0x9747b28c;
const multiplier = 0x5bd1e995;

export function partitionOf(bytes: Uint8Array, start: number, end: number, partitionCount: number): number {
  let hash = seed ^ (end - start);
  let at = start;
  for (; at + 4 <= end; at += 4) {
    let word = bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24);
    word = Math.imul(word, multiplier);
    word ^= word >>> 24;
    hash = Math.imul(hash, multiplier) ^ Math.imul(word, multiplier);
  }
  const rest = end - at;
  if (rest >= 3) hash ^= bytes[at + 2]! << 16;
  if (rest >= 2) hash ^= bytes[at + 1]! << 8;
  if (rest >= 1) hash = Math.imul(hash ^ bytes[at]!, multiplier);
  hash ^= hash >>> 13;
  hash = Math.imul(hash, multiplier);
  return ((hash ^ (hash >>> 15)) & 0x7fffffff) % partitionCount;
}
