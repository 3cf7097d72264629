// The offsets that a sink keeps in Redis beside what it writes, as far as this task knows them. Whoever writes compares them with those that Redis holds
// and moves them in the same step; after a lost connection they tell how far the last step came.

import { originOf, type SinkRecord, type TopicOffset, type TopicPartition } from '../../connect/api/index.js';
import { replaced } from './stored-offsets.js';

/** What becomes of a partition's offset when records of it are written. */
export interface Move extends TopicPartition {
  /** The key that holds it. */
  readonly key: string;
  readonly stored: number | undefined;
  readonly next: number;
}

interface Position extends TopicPartition {
  readonly key: string;
  /** What Redis holds, as far as this task knows; undefined: nothing yet. */
  stored: number | undefined;
  /** How far it may be after a step whose outcome nobody knows. */
  uncertain: number | undefined;
}

export class KeptOffsets {
  readonly #positions = new Map<string, Position>();
  readonly #prefix: string;

  /** `prefix`: what the keys begin with; topic and partition follow. */
  constructor(prefix: string) {
    this.#prefix = prefix;
  }

  keyOf({ topic, partition }: TopicPartition): string {
    return `${this.#prefix}:${topic}:${partition}`;
  }

  begin({ topic, partition }: TopicPartition, stored: number | undefined): void {
    const position = { topic, partition, key: this.keyOf({ topic, partition }), stored, uncertain: undefined };
    this.#positions.set(nameOf(position), position);
  }

  forget(partition: TopicPartition): void {
    this.#positions.delete(nameOf(partition));
  }

  /** Takes for true what a new connection finds. Throws Replaced where that is not what this task has left there. */
  async settle(find: (key: string) => Promise<string | null>): Promise<void> {
    for (const position of this.#positions.values()) {
      const found = offsetOf(await find(position.key));
      if (!isOwn(position, found)) throw replaced(position, position.stored, found);
      position.stored = found;
      position.uncertain = undefined;
    }
  }

  /** Those that Redis does not have yet. Records of one partition stand together, so each partition is looked up once. */
  newOf(part: readonly SinkRecord[]): readonly SinkRecord[] {
    let last: TopicPartition | undefined;
    let stored = 0;
    return part.filter(record => {
      const origin = originOf(record);
      if (last === undefined || !isSamePartition(last, origin)) {
        stored = this.#positions.get(nameOf(origin))?.stored ?? 0;
        last = origin;
      }
      return record.offset >= stored;
    });
  }

  movesOf(records: readonly SinkRecord[]): readonly Move[] {
    const moves = new Map<string, Move & { next: number }>();
    let last: (Move & { next: number }) | undefined;
    for (const record of records) {
      const origin = originOf(record);
      if (last === undefined || !isSamePartition(last, origin)) {
        const name = nameOf(origin);
        last = moves.get(name) ?? { ...this.#require(origin), next: 0 };
        moves.set(name, last);
      }
      last.next = record.offset + 1;
    }
    return [...moves.values()];
  }

  /** Back to the first record of each partition, however they stand. */
  movesBackTo(records: readonly SinkRecord[]): readonly Move[] {
    const moves = new Map<string, Move & { next: number }>();
    for (const record of records) {
      const origin = originOf(record);
      const name = nameOf(origin);
      const move = moves.get(name) ?? { ...this.#require(origin), next: record.offset };
      moves.set(name, { ...move, next: Math.min(move.next, record.offset) });
    }
    return [...moves.values()];
  }

  /** They are on their way: if no answer comes, Redis may hold what is there, all of it, or anything between. */
  expect(moves: readonly Move[]): void {
    for (const move of moves) this.#require(move).uncertain = move.next;
  }

  moved(moves: readonly TopicOffset[]): void {
    for (const move of moves) this.#require(move).stored = move.offset;
  }

  #require(partition: TopicPartition): Position {
    const name = nameOf(partition);
    const position = this.#positions.get(name);
    if (position === undefined) throw new Error(`${name} is not this task’s`);
    return position;
  }
}

/** Throws Replaced unless `found`, one for each move, is what this task has left there. */
export function requireUnmoved(moves: readonly Move[], found: readonly (string | null)[]): void {
  for (const [at, move] of moves.entries()) {
    const offset = offsetOf(found[at]);
    if (offset !== move.stored) throw replaced(move, move.stored, offset);
  }
}

export function offsetOf(text: string | null | undefined): number | undefined {
  return text === null || text === undefined || text === '' ? undefined : Number(text);
}

export function isSamePartition(one: TopicPartition, other: TopicPartition): boolean {
  return one.partition === other.partition && one.topic === other.topic;
}

/** Whoever wrote in between wrote the same records: all in front of what is found are there. */
function isOwn({ stored, uncertain }: Position, found: number | undefined): boolean {
  if (found === stored) return true;
  return found !== undefined && uncertain !== undefined && found >= (stored ?? 0) && found <= uncertain;
}

function nameOf({ topic, partition }: TopicPartition): string {
  return `${topic}-${partition}`;
}
