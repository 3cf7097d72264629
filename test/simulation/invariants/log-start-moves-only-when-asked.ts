import { type Invariant, InvariantBroken } from '../history.js';

/** Nothing is deleted that nobody asked to delete (runs are shorter than any retention). */
export const logStartMovesOnlyWhenAsked: Invariant = {
  name: 'log-start-moves-only-when-asked',
  check(view, history) {
    const key = `${view.topic}-${view.partition}`;
    const asked = history.deletionsAsked.get(key) ?? 0;
    if (view.logStartOffset <= asked) return;
    throw new InvariantBroken(this.name, `${key} starts at ${view.logStartOffset}, deletion was asked up to ${asked}`);
  },
};
