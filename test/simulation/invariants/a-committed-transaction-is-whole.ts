import { type Invariant, InvariantBroken } from '../history.js';

/** Of a transaction that was committed all records are there, in all partitions; of one whose end nobody was told, all or none. */
export const aCommittedTransactionIsWhole: Invariant = {
  name: 'a-committed-transaction-is-whole',
  check({ ledger, partition }) {
    if (ledger === undefined || partition !== 0) return;
    const stored = ledger.partitions.map(({ committed }) => new Set(committed.map(({ value }) => value)));
    for (const { values, outcome } of ledger.history.transactions) {
      const missing = values.filter(each => !stored[each.partition]!.has(each.value));
      const isWhole = missing.length === 0 || (outcome !== 'committed' && missing.length === values.length);
      if (outcome === 'never' || isWhole) continue;
      const what = `${outcome}: ${values.length - missing.length} of ${values.length} records are there`;
      throw new InvariantBroken(this.name, `${what}, not ${missing[0]!.value.slice(0, 30)}`);
    }
  },
};
