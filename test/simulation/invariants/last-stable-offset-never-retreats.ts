import { type Invariant, InvariantBroken } from '../history.js';

/** What readers of committed records may read only grows, through crashes too. */
export const lastStableOffsetNeverRetreats: Invariant = {
  name: 'last-stable-offset-never-retreats',
  check({ ledger, partition }) {
    if (ledger === undefined) return;
    const known = ledger.history.lastStableOffsets;
    const { lastStableOffset } = ledger.partitions[partition]!;
    if (lastStableOffset < known[partition]!) {
      throw new InvariantBroken(
        this.name,
        `it was ${known[partition]} in partition ${partition}, is ${lastStableOffset}`,
      );
    }
    known[partition] = lastStableOffset;
  },
};
