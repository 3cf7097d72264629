// Varints of small numbers that are not negative, zigzag as in a record: all that the raw loops need.

export function varintSize(value: number): number {
  return value < 64 ? 1 : value < 8192 ? 2 : 3;
}

export function putVarint(bytes: Buffer, at: number, value: number): number {
  let rest = value << 1;
  while (rest > 0x7f) {
    bytes[at++] = (rest & 0x7f) | 0x80;
    rest >>>= 7;
  }
  bytes[at++] = rest;
  return at;
}
