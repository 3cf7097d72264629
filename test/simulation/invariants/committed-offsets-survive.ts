import { type Invariant, InvariantBroken } from '../history.js';

/** A group's offset is the one whose commit was acknowledged last, or one that was sent after it. */
export const committedOffsetsSurvive: Invariant = {
  name: 'committed-offsets-survive',
  check(view, history) {
    for (const [group, found] of view.committed) {
      const commits = history.commits.get(group) ?? [];
      const lastAcknowledged = commits.findLastIndex(commit => commit.isAcknowledged);
      const possible: (number | undefined)[] = commits
        .slice(Math.max(lastAcknowledged, 0))
        .map(commit => commit.offset);
      if (lastAcknowledged === -1) possible.push(undefined);
      if (possible.includes(found)) continue;
      const place = `${group} on ${view.topic}-${view.partition}`;
      throw new InvariantBroken(this.name, `${place} has committed ${found}, possible are ${possible.join(', ')}`);
    }
  },
};
