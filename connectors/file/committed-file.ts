// The name of a finished file says what it holds: `<topic>+<partition>+<first offset>+<last offset>.jsonl`. So the names in the directory are
// the sink's offsets, kept in the same rename as the data.

import type { TopicPartition } from '../../connect/api/index.js';

/** Enough for every offset, so that names sort as offsets do. */
const offsetDigits = 20;

export interface CommittedFile extends TopicPartition {
  readonly start: number;
  readonly end: number;
}

export function committedFileName({ topic, partition, start, end }: CommittedFile): string {
  return `${topic}+${partition}+${padded(start)}+${padded(end)}.jsonl`;
}

/** Undefined for a name of another kind; zeros in front may be fewer or more. */
export function committedFile(name: string): CommittedFile | undefined {
  const match = /^([a-zA-Z0-9._-]+)\+(\d+)\+(\d+)\+(\d+)\.jsonl$/.exec(name);
  if (match === null) return undefined;
  return { topic: match[1]!, partition: Number(match[2]), start: Number(match[3]), end: Number(match[4]) };
}

/** Hidden, so that whoever takes in `*.jsonl` never sees an unfinished one. */
export function temporaryFileName({ topic, partition }: TopicPartition): string {
  return `.${topic}+${partition}.jsonl.tmp`;
}

function padded(offset: number): string {
  return String(offset).padStart(offsetDigits, '0');
}
