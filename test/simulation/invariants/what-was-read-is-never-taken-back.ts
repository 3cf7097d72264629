import { type Invariant, InvariantBroken } from '../history.js';

/** No consumer reads what a power cut could take back: what was once read is there, the same, after every crash. */
export const whatWasReadIsNeverTakenBack: Invariant = {
  name: 'what-was-read-is-never-taken-back',
  check(view, history) {
    const stored = new Map(view.records.map(record => [record.offset, record.value]));
    for (const [offset, value] of history.seen) {
      if (offset < view.logStartOffset || stored.get(offset) === value) continue;
      const found = stored.get(offset) ?? 'nothing';
      throw new InvariantBroken(
        this.name,
        `${view.topic}-${view.partition}@${offset} was read as ${value.slice(0, 20)}, and holds ${found.slice(0, 20)}`,
      );
    }
  },
};
