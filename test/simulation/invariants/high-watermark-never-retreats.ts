import { type Invariant, InvariantBroken } from '../history.js';

/** The high watermark that a client was told of only grows, through crashes too; so does the log start. */
export const highWatermarkNeverRetreats: Invariant = {
  name: 'high-watermark-never-retreats',
  check(view, history) {
    for (const [what, known, now] of [
      ['high watermark', history.highWatermark, view.highWatermark],
      ['log start', history.logStartOffset, view.logStartOffset],
    ] as const) {
      if (now >= known) continue;
      throw new InvariantBroken(this.name, `${what} of ${view.topic}-${view.partition} was ${known}, is ${now}`);
    }
    history.highWatermark = view.highWatermark;
    history.logStartOffset = view.logStartOffset;
  },
};
