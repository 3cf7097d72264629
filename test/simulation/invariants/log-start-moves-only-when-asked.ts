import { type Invariant, InvariantBroken } from '../history.js';

/** Nothing is deleted that nobody asked to delete; a topic with a limit of size keeps at least so many bytes. */
export const logStartMovesOnlyWhenAsked: Invariant = {
  name: 'log-start-moves-only-when-asked',
  check(view, history, topic) {
    if (view.logStartOffset <= history.deletionAsked) return;
    const place = `${view.topic}-${view.partition}`;
    if (topic.retentionBytes === undefined) {
      const message = `${place} starts at ${view.logStartOffset}, deletion was asked up to ${history.deletionAsked}`;
      throw new InvariantBroken(this.name, message);
    }
    const keptBytes = view.records.reduce((sum, { value }) => sum + value.length + overheadBytesMax, 0);
    if (keptBytes >= topic.retentionBytes) return;
    throw new InvariantBroken(this.name, `${place} keeps ${keptBytes} of ${topic.retentionBytes} bytes`);
  },
};

/** A batch's header, and what is around a record in it. */
const overheadBytesMax = 61 + 30;
