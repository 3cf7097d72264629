import { type Invariant, InvariantBroken } from '../history.js';
import { readers } from '../readers.js';

/** Members of a group commit what they were handed: so everything below their offset was handed to one of them, or is deleted. */
export const aGroupSkipsNothing: Invariant = {
  name: 'a-group-skips-nothing',
  check(view, history) {
    const committed = view.committed.get(readers) ?? 0;
    for (const { offset } of view.records) {
      if (offset >= committed || offset < history.logStartMax || history.readByGroup.has(offset)) continue;
      const place = `${view.topic}-${view.partition}`;
      throw new InvariantBroken(
        this.name,
        `${readers} has committed ${committed} of ${place}, and never read ${offset}`,
      );
    }
  },
};
