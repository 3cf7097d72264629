// Folds the records of a key into one value per tumbling or hopping window. Stream time is this operator's own, -1 at first, part of
// its state, and advanced by every record with a key. A record is late for a window whose end + grace it has reached: it may be late
// for one hopping window and in time for the next. Unlike un-windowed ones, these folds do see null values (as in Kafka Streams).
//
// With emit 'close' a window leaves once, when it has closed, by start and then by the key's bytes. Those that a record closes are emitted
// before it is put: the store's retention (size + grace by default) may hide them afterwards, and none may be lost.

import type { WindowStore } from '../state/store.js';
import { firstWindowStart, type TimeWindows } from '../time/time-windows.js';
import { Windowed } from '../time/windowed.js';
import type { Headers, OperatorPlan } from '../topology/plan.js';
import type { Fold } from './aggregate.js';
import { type RecordOperator, type StageContext, stage } from './stage.js';
import { noHeaders, StreamRecord } from './stream-record.js';

export interface WindowAggregatePlan extends OperatorPlan {
  readonly kind: 'window-aggregate';
  readonly fold: Fold;
  readonly store: string;
  readonly windows: TimeWindows;
  readonly emit: 'update' | 'close';
  /** With emit 'close': how often closed windows are looked for at most, by the wall clock. */
  readonly emitEveryMs: number;
  sendsOldValues: boolean;
}

export function windowAggregate(plan: WindowAggregatePlan, context: StageContext): RecordOperator {
  const { windows } = plan;
  const { environment, node } = context;
  const store = environment.store(plan.store) as WindowStore<unknown, unknown>;
  const streamTime = environment.timeCell(node.name);
  return stage(context, downstream => {
    const put = windowPutter(plan, store, record => downstream.next(record));
    const emitClosed = closedWindowEmitter(plan, context, store, record => downstream.next(record));
    return record => {
      if (record.key === null || record.key === undefined) {
        environment.count('dropped-records', node.name, 1);
        return;
      }
      if (record.timestamp > streamTime.value) streamTime.value = record.timestamp;
      emitClosed(record.headers);
      const closeTime = streamTime.value - windows.graceMs;
      let missed = 0;
      const first = firstWindowStart(windows, record.timestamp);
      for (let start = first; start <= record.timestamp; start += windows.advanceMs) {
        if (start + windows.sizeMs > closeTime) put(record, start);
        else missed++;
      }
      if (missed > 0) {
        environment.count('late-records', node.name, missed);
        context.lateRecords?.next(record);
      }
    };
  });
}

type Push = (record: StreamRecord) => void;

/** Puts a record into one window and, with emit 'update', pushes the window's new value. */
function windowPutter(plan: WindowAggregatePlan, store: WindowStore<unknown, unknown>, push: Push) {
  const { initialize, add } = plan.fold;
  const { sizeMs } = plan.windows;
  const isEmitted = plan.emit === 'update';
  const out = new StreamRecord();
  return (record: StreamRecord, start: number): void => {
    const entry = store.get(record.key, start);
    const before = entry === undefined ? initialize() : entry.value;
    const timestamp = entry === undefined || entry.timestamp < record.timestamp ? record.timestamp : entry.timestamp;
    const after = add(before, record.value, record.key) ?? null;
    if (after === null) store.delete(record.key, start, timestamp);
    else store.put(record.key, start, after, timestamp);
    if (!isEmitted) return;
    out.key = new Windowed(record.key, start, start + sizeMs);
    out.value = after;
    out.oldValue = plan.sendsOldValues ? before : null;
    out.timestamp = timestamp;
    out.headers = record.headers;
    push(out);
  };
}

/** Pushes the windows that stream time has closed since it was last asked; all that are left when the input ends. */
function closedWindowEmitter(
  plan: WindowAggregatePlan,
  context: StageContext,
  store: WindowStore<unknown, unknown>,
  push: Push,
): (headers: Headers) => void {
  if (plan.emit !== 'close') return () => {};
  const { sizeMs, advanceMs, graceMs } = plan.windows;
  const { node, environment } = context;
  const streamTime = environment.timeCell(node.name);
  // The start of the latest window that has been emitted, or would have been if it had held anything.
  const emittedStart = environment.timeCell(`${node.name}/emitted`);
  const out = new StreamRecord();

  const emitUpTo = (lastStart: number, headers: Headers): void => {
    for (const entry of store.range(emittedStart.value + 1, lastStart)) {
      out.key = new Windowed(entry.key, entry.startMs, entry.startMs + sizeMs);
      out.value = entry.value;
      out.timestamp = entry.timestamp;
      out.headers = headers;
      push(out);
    }
  };
  context.onFinish(() => {
    const latest = firstOpenStart();
    emitUpTo(Number.MAX_SAFE_INTEGER, noHeaders);
    // What the end of the input has closed stays closed, also for an application that goes on later.
    if (latest > emittedStart.value) emittedStart.value = latest;
    streamTime.value = Math.max(streamTime.value, emittedStart.value + sizeMs + graceMs);
  });
  const firstOpenStart = () => (streamTime.value < 0 ? -1 : Math.floor(streamTime.value / advanceMs) * advanceMs);

  let nextEmitMs = 0;
  const isThrottled = (): boolean => {
    if (plan.emitEveryMs === 0) return false;
    const nowMs = environment.clock.now();
    // What the next put may hide has to leave now.
    const isExpiring = streamTime.value - store.retentionMs > emittedStart.value;
    if (nowMs < nextEmitMs && !isExpiring) return true;
    nextEmitMs = nowMs + plan.emitEveryMs;
    return false;
  };
  return headers => {
    if (isThrottled()) return;
    const lastClosed = Math.floor((streamTime.value - graceMs - sizeMs) / advanceMs) * advanceMs;
    if (lastClosed <= emittedStart.value || lastClosed < 0) return;
    emitUpTo(lastClosed, headers);
    emittedStart.value = lastClosed;
  };
}
