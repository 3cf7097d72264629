import { type Invariant, InvariantBroken } from '../history.js';

/** From the log start to the high watermark each offset holds one record: nothing torn was skipped, nothing is there twice. */
export const offsetsHaveNoGaps: Invariant = {
  name: 'offsets-have-no-gaps',
  check(view) {
    // Markers of transactions have offsets that no reader sees.
    if (view.ledger !== undefined) return;
    let expected = view.logStartOffset;
    for (const { offset } of view.records) {
      if (offset !== expected) {
        throw new InvariantBroken(this.name, `${view.topic}-${view.partition}: after ${expected - 1} comes ${offset}`);
      }
      expected++;
    }
    if (expected !== view.highWatermark) {
      throw new InvariantBroken(
        this.name,
        `${view.topic}-${view.partition} ends at ${expected}, not at ${view.highWatermark}`,
      );
    }
  },
};
