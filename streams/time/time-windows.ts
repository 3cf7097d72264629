// Tumbling and hopping windows: [start, end), starts are multiples of the advance. A window closes when the stream time of its
// operator reaches end + grace; a record is late for a window that has closed. (Kafka: TimeWindows.)

import { type Duration, durationMs, UsageError } from '../../core/index.js';

export interface TimeWindows {
  readonly kind: 'time';
  readonly sizeMs: number;
  readonly advanceMs: number;
  readonly graceMs: number;
}

/** Windows side by side. `grace`: how long behind stream time a window still takes records; it has no default, as no value suits all. */
export function tumbling(size: Duration, options: { readonly grace: Duration }): TimeWindows {
  return hopping(size, { ...options, advance: size });
}

/** Windows of `size` that begin every `advance`: a record lies in up to size / advance of them. */
export function hopping(
  size: Duration,
  options: { readonly advance: Duration; readonly grace: Duration },
): TimeWindows {
  // In plain JavaScript both may be missing.
  const { advance, grace }: Partial<typeof options> = { ...options };
  if (advance === undefined || grace === undefined) {
    throw new UsageError("windows need their grace, hopping ones their advance too: tumbling('1m', { grace: '10s' })");
  }
  const sizeMs = durationMs(size);
  const advanceMs = durationMs(advance);
  if (sizeMs === 0) throw new UsageError('a window must be longer than 0 ms');
  if (advanceMs === 0 || advanceMs > sizeMs) {
    throw new UsageError(
      `windows of ${sizeMs} ms cannot advance by ${advanceMs} ms: give more than 0, at most the size`,
    );
  }
  return { kind: 'time', sizeMs, advanceMs, graceMs: durationMs(grace) };
}

/** Start of the earliest window that holds `timestamp`; the others follow by `advanceMs` while start <= timestamp. */
export function firstWindowStart(windows: TimeWindows, timestamp: number): number {
  const { sizeMs, advanceMs } = windows;
  return Math.floor(Math.max(0, timestamp - sizeMs + advanceMs) / advanceMs) * advanceMs;
}

/** `10s windows`, `12s windows every 5s`: how a person should see them. */
export function describeWindows({ sizeMs, advanceMs, graceMs }: TimeWindows): string {
  const every = advanceMs === sizeMs ? '' : ` every ${advanceMs} ms`;
  return `windows of ${sizeMs} ms${every}, grace ${graceMs} ms`;
}
