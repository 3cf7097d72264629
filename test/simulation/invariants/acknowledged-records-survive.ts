import { type Invariant, InvariantBroken } from '../history.js';

/** A record whose send was acknowledged stands at its offset for ever, until its topic's log start passes it. */
export const acknowledgedRecordsSurvive: Invariant = {
  name: 'acknowledged-records-survive',
  check(view, history) {
    const stored = new Map(view.records.map(record => [record.offset, record.value]));
    for (const { offset, value } of history.acknowledged) {
      if (offset < view.logStartOffset || stored.get(offset) === value) continue;
      const found = stored.get(offset) ?? 'nothing';
      throw new InvariantBroken(
        this.name,
        `${view.topic}-${view.partition}@${offset} was acknowledged as ${value.slice(0, 20)}, and holds ${found.slice(0, 20)}`,
      );
    }
  },
};
