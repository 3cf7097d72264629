import { type Invariant, InvariantBroken } from '../history.js';

/** Once another producer has its transactional id, nothing that a producer sends gets into a log, not even to be aborted. */
export const aFencedProducerNeverWrites: Invariant = {
  name: 'a-fenced-producer-never-writes',
  check({ ledger, records, partition }) {
    const written = records.find(({ value }) => ledger?.history.fencedValues.has(value));
    if (written === undefined) return;
    throw new InvariantBroken(this.name, `${written.value.slice(0, 30)} is at ${partition}@${written.offset}`);
  },
};
