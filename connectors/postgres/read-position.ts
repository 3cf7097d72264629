// Where the reading of a table stands. A row is known by the transaction that wrote it (its xmin), not by the order of its id or time: those are
// given out before a transaction commits, so a row that commits late may lie behind one that was read long ago. A round reads the rows of all
// transactions from `bound` up to the oldest one still running, which is the next `bound`: each row falls into exactly one round. A round that was cut off
// is first read to its own end: so each row is handed out once, wherever the reading begins again.
//
// Reading by transaction looks at the whole table. So most rounds look only above `floor`, where an index leads, and now and then one sweeps up what has
// come below it since the last sweep (`swept`): a late transaction's, an id that was drawn long ago, a time that an application's clock gave.

import type { SourceOffset } from '../../connect/api/index.js';
import { IdRanges } from './id-ranges.js';

export interface ReadPosition {
  /** Rows above the floor of transactions below it have been read; undefined: none yet. A full 64-bit id. */
  readonly bound: bigint | undefined;
  /** The same for rows below the floor. Invariant: swept <= bound. */
  readonly swept: bigint | undefined;
  readonly round: RoundPosition | undefined;
  readonly floor: Marks;
  /** The highest that was handed out, as Kafka Connect's JDBC source shows it. */
  readonly highest: Marks;
  /** The ids that were handed out, where only they tell what is new. */
  readonly ids: IdRanges | undefined;
}

/** Of the round that is being read: its upper bound, and the last row of it that was handed out. */
export interface RoundPosition {
  readonly bound: bigint;
  readonly isSweep: boolean;
  readonly last: Marks;
}

/** Texts as the server writes them, so that no digit and no microsecond is lost. */
export interface Marks {
  readonly incrementing?: string | undefined;
  readonly timestamp?: string | undefined;
  /** Where the row lies, `<oid of its table> <ctid>`: tells rows with the same id or time apart. Holds for one version of a row. */
  readonly row?: string | undefined;
}

export const startPosition: ReadPosition = {
  bound: undefined,
  swept: undefined,
  round: undefined,
  floor: {},
  highest: {},
  ids: undefined,
};

export function toOffset(position: ReadPosition): SourceOffset {
  const { bound, swept, round, floor, highest, ids } = position;
  return defined({
    incrementing: highest.incrementing,
    timestamp: highest.timestamp,
    bound: bound?.toString(),
    swept: swept?.toString(),
    floor_incrementing: floor.incrementing,
    floor_timestamp: floor.timestamp,
    ids: ids?.toString(),
    round_bound: round?.bound.toString(),
    round_kind: round === undefined ? undefined : round.isSweep ? 'sweep' : 'above floor',
    round_incrementing: round?.last.incrementing,
    round_timestamp: round?.last.timestamp,
    round_row: round?.last.row,
  });
}

export function fromOffset(offset: SourceOffset | undefined): ReadPosition {
  if (offset === undefined) return startPosition;
  const text = (name: string): string | undefined => {
    const value = offset[name];
    return value === undefined || value === null ? undefined : String(value);
  };
  const marks = (prefix: string): Marks => ({
    incrementing: text(`${prefix}incrementing`),
    timestamp: text(`${prefix}timestamp`),
  });
  const [bound, swept, ids, roundBound] = [text('bound'), text('swept'), text('ids'), text('round_bound')];
  return {
    bound: bound === undefined ? undefined : BigInt(bound),
    swept: swept === undefined ? undefined : BigInt(swept),
    round:
      roundBound === undefined
        ? undefined
        : {
            bound: BigInt(roundBound),
            isSweep: text('round_kind') === 'sweep',
            last: { ...marks('round_'), row: text('round_row') },
          },
    // An offset set by hand, or by another JDBC source, says only how far it was.
    floor: bound === undefined && roundBound === undefined ? marks('') : marks('floor_'),
    highest: marks(''),
    ids: ids === undefined ? upTo(text('incrementing'), bound ?? roundBound) : IdRanges.parse(ids),
  };
}

const lowestId = -(2n ** 63n);

/** Behind an offset that was set by hand nothing is new. */
function upTo(highest: string | undefined, bound: string | undefined): IdRanges | undefined {
  if (bound !== undefined || highest === undefined || !/^-?\d+$/.test(highest)) return undefined;
  return new IdRanges([[lowestId, BigInt(highest)]]);
}

function defined(entries: Readonly<Record<string, string | undefined>>): SourceOffset {
  return Object.fromEntries(
    Object.entries(entries).filter((entry): entry is [string, string] => entry[1] !== undefined),
  );
}
