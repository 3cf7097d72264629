// Where the reading of a table stands. A row is known by the transaction that wrote it (its xmin), not by the order of its id or time: those are
// given out before a transaction commits, so a row that commits late may lie behind one that was read long ago. A round reads the rows of all
// transactions from `bound` up to the oldest one still running, which is the next `bound`: each row falls into exactly one round.
// `floor` only spares looking at old rows again: nothing that is still to come lies below it.

import type { SourceOffset } from '../../connect/api/index.js';

export interface ReadPosition {
  /** Transactions below it have been read; undefined: none yet. A full 64-bit id. */
  readonly bound: bigint | undefined;
  /** Of the round that is being read: its upper bound, and the last row of it that was handed out. */
  readonly round: { readonly bound: bigint; readonly last: Marks } | undefined;
  /** The lowest that a row still to come can have. */
  readonly floor: Marks;
  /** The highest that was handed out, as Kafka Connect's JDBC source shows it. */
  readonly highest: Marks;
}

/** Texts as the server writes them, so that no digit and no microsecond is lost. */
export interface Marks {
  readonly incrementing?: string | undefined;
  readonly timestamp?: string | undefined;
}

export const startPosition: ReadPosition = { bound: undefined, round: undefined, floor: {}, highest: {} };

export function toOffset(position: ReadPosition): SourceOffset {
  const { bound, round, floor, highest } = position;
  return defined({
    incrementing: highest.incrementing,
    timestamp: highest.timestamp,
    bound: bound?.toString(),
    floor_incrementing: floor.incrementing,
    floor_timestamp: floor.timestamp,
    round_bound: round?.bound.toString(),
    round_incrementing: round?.last.incrementing,
    round_timestamp: round?.last.timestamp,
  });
}

export function fromOffset(offset: SourceOffset | undefined): ReadPosition {
  if (offset === undefined) return startPosition;
  const text = (name: string): string | undefined => {
    const value = offset[name];
    return value === undefined || value === null ? undefined : String(value);
  };
  const bound = text('bound');
  const roundBound = text('round_bound');
  const highest = { incrementing: text('incrementing'), timestamp: text('timestamp') };
  return {
    bound: bound === undefined ? undefined : BigInt(bound),
    round:
      roundBound === undefined
        ? undefined
        : {
            bound: BigInt(roundBound),
            last: { incrementing: text('round_incrementing'), timestamp: text('round_timestamp') },
          },
    // An offset set by hand, or by another JDBC source, says only how far it was.
    floor:
      bound === undefined && roundBound === undefined
        ? highest
        : { incrementing: text('floor_incrementing'), timestamp: text('floor_timestamp') },
    highest,
  };
}

function defined(entries: Readonly<Record<string, string | undefined>>): SourceOffset {
  return Object.fromEntries(
    Object.entries(entries).filter((entry): entry is [string, string] => entry[1] !== undefined),
  );
}
