// CRC-32C (Castagnoli), the checksum of record batches and producer snapshots. The native one (4 GiB/s) loads in the
// background, as it may have no build for this machine; until it is there, and where there is none, a table does the work.

type NativeCrc32c = (bytes: Uint8Array) => number;

let native: NativeCrc32c | undefined;
import('@node-rs/crc32').then(
  module => {
    native = module.crc32c;
  },
  () => undefined, // no build for this machine: the table stays
);

/** CRC-32C of bytes[start, end), unsigned. */
export function crc32c(bytes: Uint8Array, start = 0, end = bytes.length): number {
  if (native === undefined) return tableCrc32c(bytes, start, end);
  return native(start === 0 && end === bytes.length ? bytes : bytes.subarray(start, end));
}

/** The fallback: four bytes a step. Exported for the test that holds both against each other. */
export function tableCrc32c(bytes: Uint8Array, start: number, end: number): number {
  const [table0, table1, table2, table3] = tables as [Int32Array, Int32Array, Int32Array, Int32Array];
  let crc = -1;
  let at = start;
  for (; at + 4 <= end; at += 4) {
    crc ^= bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24);
    crc = table3[crc & 0xff]! ^ table2[(crc >>> 8) & 0xff]! ^ table1[(crc >>> 16) & 0xff]! ^ table0[crc >>> 24]!;
  }
  for (; at < end; at++) crc = table0[(crc ^ bytes[at]!) & 0xff]! ^ (crc >>> 8);
  return ~crc >>> 0;
}

const tables = crcTables();

function crcTables(): readonly Int32Array[] {
  const all = Array.from({ length: 4 }, () => new Int32Array(256));
  for (let byte = 0; byte < 256; byte++) {
    let crc = byte;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0x82f63b78 : crc >>> 1;
    all[0]![byte] = crc;
  }
  for (let step = 1; step < 4; step++) {
    for (let byte = 0; byte < 256; byte++) {
      const crc = all[step - 1]![byte]!;
      all[step]![byte] = all[0]![crc & 0xff]! ^ (crc >>> 8);
    }
  }
  return all;
}
