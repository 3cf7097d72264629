// How files and directories of the log are called: exactly as Kafka calls them (LogFileUtils.java).

export const suffixes = {
  log: '.log',
  offsetIndex: '.index',
  timeIndex: '.timeindex',
  abortedIndex: '.txnindex',
  snapshot: '.snapshot',
  deleted: '.deleted',
  /** Of a compacted segment that is being written, */
  cleaned: '.cleaned',
  /** and of one that is complete, and takes the place of others. */
  swap: '.swap',
} as const;

/** Of everything that goes with a segment. */
export const segmentSuffixes = [
  suffixes.log,
  suffixes.offsetIndex,
  suffixes.timeIndex,
  suffixes.abortedIndex,
  suffixes.snapshot,
] as const;

/** `00000000000000000042.log` for offset 42. */
export function offsetFileName(offset: number, suffix: string): string {
  return offset.toString().padStart(20, '0') + suffix;
}

/** The offset of such a name; undefined when it is another one, or of another suffix. */
export function fileNameOffset(name: string, suffix: string): number | undefined {
  if (name.length !== 20 + suffix.length || !name.endsWith(suffix)) return undefined;
  const digits = name.slice(0, 20);
  if (!/^\d{20}$/.test(digits)) return undefined;
  const offset = Number(digits);
  return Number.isSafeInteger(offset) ? offset : undefined;
}

export const partitionDirectoryName = (topic: string, partition: number): string => `${topic}-${partition}`;

/** `orders-3` is partition 3 of `orders`; undefined for names that are no partition's. */
export function parsePartitionDirectory(name: string): { topic: string; partition: number } | undefined {
  const match = /^([A-Za-z0-9._-]+)-(\d+)$/.exec(name);
  return match === null ? undefined : { topic: match[1]!, partition: Number(match[2]) };
}
