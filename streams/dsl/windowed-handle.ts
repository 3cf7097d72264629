// Aggregates of a grouped stream in windows. What leaves is a table whose keys carry their window.

import { durationMs, int64, type Topic, UsageError } from '../../core/index.js';
import type { Fold } from '../operators/aggregate.js';
import type { WindowAggregatePlan } from '../operators/window-aggregate.js';
import { describeWindows, type TimeWindows } from '../time/time-windows.js';
import { windowed } from '../time/windowed.js';
import type { DraftNode } from '../topology/draft.js';
import type { AnySerde } from '../topology/plan.js';
import type { DslContext, GroupedDraft, StreamDraft } from './drafts.js';
import { countFold, reduceFold } from './folds.js';
import type { WindowedStream, WindowedTable, WindowOptions } from './handles.js';
import type { Stateful } from './options.js';

// biome-ignore-start lint/suspicious/noExplicitAny: the interface WindowedStream carries the types
type Options = Stateful & WindowOptions<any, any> & { readonly key?: AnySerde; readonly value?: AnySerde };

export class WindowedStreamHandle implements WindowedStream<any, any> {
  readonly #context: DslContext;
  readonly #draft: GroupedDraft;
  readonly #windows: TimeWindows;

  constructor(context: DslContext, draft: GroupedDraft, windows: TimeWindows) {
    this.#context = context;
    this.#draft = draft;
    this.#windows = windows;
  }

  count(options: Options): WindowedTable<any, number, any> {
    return this.#aggregate('count', countFold, options, int64);
  }

  reduce(options: Options & { reduce: (aggregate: any, value: any) => unknown }): WindowedTable<any, any, any> {
    return this.#aggregate('reduce', reduceFold(options.reduce), options, options.value ?? this.#draft.value);
  }

  aggregate(options: Options & { init: () => unknown; add: Fold['add'] }): WindowedTable<any, any, any> {
    return this.#aggregate('aggregate', { initialize: options.init, add: options.add }, options, options.value);
  }

  #aggregate(kind: string, fold: Fold, options: Options, value: AnySerde | undefined): WindowedTable<any, any, any> {
    const { topology, handles } = this.#context;
    const { name } = options;
    const key = options.key ?? this.#draft.key;
    const parent = this.#draft.partitioned(name, { key, value: this.#draft.value });
    const emit = options.emit ?? 'update';
    const plan: WindowAggregatePlan = {
      kind: 'window-aggregate',
      fold,
      store: name,
      windows: this.#windows,
      emit,
      emitEveryMs: durationMs(options.emitEvery ?? 0),
      sendsOldValues: false,
    };
    const keySerde = key === undefined ? undefined : windowed(key, this.#windows.sizeMs);
    const node = topology.add({
      kind: 'processor',
      name: topology.nodeName(kind, name),
      parents: [parent],
      operator: plan,
      keySerde,
      valueSerde: value,
      stores: [name],
      details: [kind, describeWindows(this.#windows), `emit ${emit}`],
    });
    this.#addStore(kind, options, { key, value });
    const records = { key, value: this.#draft.value };
    const late = lateRecords(this.#context, node, records);
    if (options.onLate !== undefined) writeLate(this.#context, late().node, options.onLate);
    return handles.windowedTable({
      node,
      key: keySerde,
      value,
      getter: () => ({ kind: 'window', store: name }),
      sendOldValues: () => {
        plan.sendsOldValues = true;
        return true;
      },
      lateRecords: late,
    });
  }

  #addStore(kind: string, options: Options, serdes: { key: AnySerde | undefined; value: AnySerde | undefined }): void {
    const { sizeMs, graceMs } = this.#windows;
    const retentionMs = options.retention === undefined ? sizeMs + graceMs : durationMs(options.retention);
    if (retentionMs < sizeMs + graceMs) {
      throw new UsageError(
        `${kind} "${options.name}" keeps its windows for ${retentionMs} ms, but they need size + grace = ${sizeMs + graceMs} ms`,
      );
    }
    this.#context.topology.addStore({
      kind: 'window',
      name: options.name,
      keySerde: serdes.key,
      valueSerde: serdes.value,
      retentionMs,
      windowSizeMs: sizeMs,
      isLogged: options.isLogged ?? true,
      backing: options.backing ?? 'disk',
      place: `${kind} "${options.name}"`,
    });
  }
}
// biome-ignore-end lint/suspicious/noExplicitAny: as above

/** The side output, made when it is first asked for. */
function lateRecords(
  { topology }: DslContext,
  aggregate: DraftNode,
  serdes: { readonly key: AnySerde | undefined; readonly value: AnySerde | undefined },
): () => StreamDraft {
  let node: DraftNode | undefined;
  return () => {
    node ??= topology.add({
      kind: 'side-output',
      name: topology.nodeName('late-records', `${aggregate.name}-late`),
      parents: [aggregate],
      keySerde: serdes.key,
      valueSerde: serdes.value,
    });
    return { node, ...serdes, isRekeyed: false };
  };
}

function writeLate({ topology }: DslContext, late: DraftNode, topic: Topic<unknown, unknown>): void {
  topology.add({
    kind: 'sink',
    name: topology.nodeName('to', `${late.name}-to`),
    parents: [late],
    topic: topic.name,
    isInternal: false,
    keySerde: topic.key,
    valueSerde: topic.value,
  });
}
