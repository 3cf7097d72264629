// The name of a finished file says what it holds: `<topic>+<partition>+<first offset>+<last offset>.jsonl`. So the names in a folder are the
// sink's offsets, kept in the same rename as the data: what belongs into that folder is written up to the highest last offset, and nothing beyond.

import type { TopicPartition } from '../../connect/api/index.js';

/** Enough for every offset, so that names sort as offsets do. */
const offsetDigits = 20;

export interface CommittedFile extends TopicPartition {
  readonly start: number;
  readonly end: number;
}

export function committedFileName({ topic, partition, start, end }: CommittedFile, extension: string): string {
  return `${topic}+${partition}+${padded(start)}+${padded(end)}.${extension}`;
}

/** Undefined for a name of another kind; zeros in front may be fewer or more. */
export function committedFile(name: string): CommittedFile | undefined {
  const match = /^([a-zA-Z0-9._-]+)\+(\d+)\+(\d+)\+(\d+)\.(?:jsonl|csv|parquet)(?:\.gz)?$/.exec(name);
  if (match === null) return undefined;
  return { topic: match[1]!, partition: Number(match[2]), start: Number(match[3]), end: Number(match[4]) };
}

/** Hidden, so that whoever takes in `*.jsonl` never sees an unfinished one; no two tasks that live use the same. */
export function temporaryFileName({ topic, partition }: TopicPartition, claim: string): string {
  return `.${topic}+${partition}+${claim}.tmp`;
}

/** The topic partition of a file that is not finished. */
export function temporaryFile(name: string): TopicPartition | undefined {
  const match = /^\.([a-zA-Z0-9._-]+)\+(\d+)(?:\+\d+|\.jsonl)\.tmp$/.exec(name);
  return match === null ? undefined : { topic: match[1]!, partition: Number(match[2]) };
}

export function claimFileName({ topic, partition }: TopicPartition): string {
  return `.${topic}+${partition}.claim`;
}

function padded(offset: number): string {
  return String(offset).padStart(offsetDigits, '0');
}
