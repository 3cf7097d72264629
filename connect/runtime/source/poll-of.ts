import type { SourceBatch } from '../../api/record.js';
import type { Polled, SourceTask } from '../../api/source.js';

/** A task's own `poll`, or its iterable asked for one batch at a time. */
export function pollOf(task: SourceTask): (signal: AbortSignal) => Polled | Promise<Polled> {
  if (task.poll !== undefined) return signal => task.poll!(signal);
  let iterator: AsyncIterator<SourceBatch> | undefined;
  return async signal => {
    iterator ??= task.batches!(signal)[Symbol.asyncIterator]();
    const next = await iterator.next();
    return next.done === true ? 'ended' : [next.value];
  };
}
