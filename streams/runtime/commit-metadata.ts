// The text that rides on a committed offset: Kafka Streams' TopicPartitionMetadata (magic byte 2, the partition's stream time, then named
// numbers; Base64). The named numbers are a task's time cells: they are committed with the offsets or not at all, so that a restart does not
// change what is late. A broker takes at most 4,096 bytes, so a task's cells spread over its partitions.

import { UsageError } from '../../core/index.js';

const magic = 2;
const metadataBytesMax = 4096;
const headBytes = 1 + 8 + 4;
const textBytesMax = Math.floor(metadataBytesMax / 4) * 3;

export interface CommitMetadata {
  /** The highest timestamp taken from the partition, -1 at first. */
  readonly partitionTime: number;
  readonly cells: ReadonlyMap<string, number>;
}

export function encodeCommitMetadata(metadata: CommitMetadata): string {
  const parts: Buffer[] = [Buffer.alloc(metadata.cells.size === 0 ? headBytes - 4 : headBytes)];
  parts[0]!.writeInt8(magic, 0);
  parts[0]!.writeBigInt64BE(BigInt(metadata.partitionTime), 1);
  if (metadata.cells.size > 0) parts[0]!.writeInt32BE(metadata.cells.size, 9);
  for (const [name, value] of metadata.cells) {
    const nameBytes = Buffer.from(name);
    const cell = Buffer.alloc(12 + nameBytes.length);
    cell.writeInt32BE(nameBytes.length, 0);
    cell.set(nameBytes, 4);
    cell.writeBigInt64BE(BigInt(value), 4 + nameBytes.length);
    parts.push(cell);
  }
  return Buffer.concat(parts).toString('base64');
}

/** What was committed; metadata of anyone else (an empty text, a plain consumer's) counts as none. */
export function decodeCommitMetadata(text: string): CommitMetadata | undefined {
  const bytes = Buffer.from(text, 'base64');
  if (bytes.length < headBytes - 4 || bytes.readInt8(0) !== magic) return undefined;
  const cells = new Map<string, number>();
  const count = bytes.length >= headBytes ? bytes.readInt32BE(9) : 0;
  let at = headBytes;
  for (let index = 0; index < count; index++) {
    if (at + 4 > bytes.length) return undefined;
    const valueAt = at + 4 + bytes.readInt32BE(at);
    if (valueAt < at + 4 || valueAt + 8 > bytes.length) return undefined;
    cells.set(bytes.toString('utf8', at + 4, valueAt), Number(bytes.readBigInt64BE(valueAt)));
    at = valueAt + 8;
  }
  return { partitionTime: Number(bytes.readBigInt64BE(1)), cells };
}

/** Spreads cells over `partitions` metadata texts. Throws UsageError when there are more than they hold. */
export function spreadCells(
  task: string,
  cells: ReadonlyMap<string, number>,
  partitions: number,
): Map<string, number>[] {
  const spread = Array.from({ length: partitions }, () => new Map<string, number>());
  let at = 0;
  let used = headBytes;
  for (const [name, value] of cells) {
    const size = 12 + Buffer.byteLength(name);
    if (used + size > textBytesMax) {
      at++;
      used = headBytes;
    }
    const target = spread[at];
    if (target === undefined) {
      throw new UsageError(
        `task ${task} has more operators with a time of their own than fit beside its offsets (${cells.size}); give them shorter names or put a repartition between them`,
      );
    }
    target.set(name, value);
    used += size;
  }
  return spread;
}
