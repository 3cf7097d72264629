import { type Invariant, InvariantBroken } from '../history.js';

/** The high watermark that a client was told of only grows, through crashes too; so does the log start. */
export const highWatermarkNeverRetreats: Invariant = {
  name: 'high-watermark-never-retreats',
  check(view, history) {
    const key = `${view.topic}-${view.partition}`;
    for (const [what, known, now] of [
      ['high watermark', history.highWatermarks.get(key) ?? 0, view.highWatermark],
      ['log start', history.logStarts.get(key) ?? 0, view.logStartOffset],
    ] as const) {
      if (now < known) throw new InvariantBroken(this.name, `${what} of ${key} was ${known}, is ${now}`);
    }
    history.highWatermarks.set(key, view.highWatermark);
    history.logStarts.set(key, view.logStartOffset);
  },
};
