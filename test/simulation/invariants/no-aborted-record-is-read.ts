import { type Invariant, InvariantBroken } from '../history.js';

/** Whoever reads committed records is never handed one whose transaction nobody has committed. */
export const noAbortedRecordIsRead: Invariant = {
  name: 'no-aborted-record-is-read',
  check({ ledger, partition }) {
    if (ledger === undefined || partition !== 0) return;
    const handedOut = new Set(ledger.history.readCommitted);
    for (const { committed } of ledger.partitions) for (const { value } of committed) handedOut.add(value);
    for (const { values, outcome } of ledger.history.transactions) {
      const read = outcome === 'never' ? values.find(({ value }) => handedOut.has(value)) : undefined;
      if (read === undefined) continue;
      throw new InvariantBroken(this.name, `${read.value.slice(0, 30)} was never committed, and was read`);
    }
  },
};
