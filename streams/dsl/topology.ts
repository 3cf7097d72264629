// Where a topology begins: `topology('name')`, then streams and tables, then `build()`.

import type { Topic } from '../../core/index.js';
import { buildPlan } from '../topology/build-plan.js';
import { describePlan } from '../topology/describe.js';
import { type DraftNode, TopologyDraft } from '../topology/draft.js';
import { mermaidOf } from '../topology/mermaid.js';
import type { TopologyPlan } from '../topology/plan.js';
import type { DslContext, Handles } from './drafts.js';
import { GroupedStreamHandle } from './grouped-handle.js';
import type { KStream, KTable } from './handles.js';
import type { Named, TableOptions } from './options.js';
import { StreamHandle } from './stream-handle.js';
import { TableHandle, WindowedTableHandle } from './table-handle.js';
import { tableSourceDraft } from './table-source-draft.js';

/** A topology to be written. Its name is the application's id, and so the prefix of its internal topics, unless another is given at the start. */
export function topology(name: string): Topology {
  return new Topology(name);
}

export class Topology {
  readonly name: string;
  readonly #draft: TopologyDraft;
  readonly #context: DslContext;
  readonly #sources = new Map<string, { readonly node: DraftNode; readonly topic: Topic<unknown, unknown> }>();

  constructor(name: string) {
    this.name = name;
    this.#draft = new TopologyDraft(name);
    const handles: Handles = {
      stream: draft => new StreamHandle(this.#context, draft),
      table: draft => new TableHandle(this.#context, draft),
      windowedTable: draft => new WindowedTableHandle(this.#context, draft),
      groupedStream: draft => new GroupedStreamHandle(this.#context, draft),
    };
    this.#context = { topology: this.#draft, handles };
  }

  /** The records of a topic. */
  stream<K, V>(topic: Topic<K, V>, options: Named = {}): KStream<K, V> {
    const node = this.#source(topic, options.name);
    return this.#context.handles.stream({ node, key: topic.key, value: topic.value, isRekeyed: false });
  }

  /** A topic as a table: the last value of each key. Its store, where a join needs one, is called after the topic unless named. */
  table<K, V>(topic: Topic<K, V>, options: Named & TableOptions = {}): KTable<K, V> {
    const node = this.#source(topic, undefined);
    const stream = { node, key: topic.key, value: topic.value, isRekeyed: false };
    const draft = tableSourceDraft(this.#context, stream, {
      ...options,
      lazyStore: topic.name,
      nodeName: options.name ?? topic.name,
      isOwnName: options.name !== undefined,
    });
    return this.#context.handles.table(draft);
  }

  /** The finished plan. Throws UsageError listing what is wrong: serdes missing where bytes are needed, names taken twice. */
  build(): TopologyPlan {
    return buildPlan(this.#draft);
  }

  /** The topology as text. */
  describe(): string {
    return describePlan(this.build());
  }

  /** The topology as a Mermaid flowchart. */
  toMermaid(): string {
    return mermaidOf(this.build());
  }

  /** A topic is read once, however many streams and tables are made of it. */
  #source<K, V>(topic: Topic<K, V>, name: string | undefined): DraftNode {
    const known = this.#sources.get(topic.name);
    if (known !== undefined) {
      if (known.topic.key !== topic.key || known.topic.value !== topic.value) {
        this.#draft.problems.push(
          `the topic ${topic.name} is read twice, with different serdes: describe it once and use it twice`,
        );
      }
      return known.node;
    }
    const node = this.#draft.add({
      kind: 'source',
      name: this.#draft.nodeName('source', name ?? `source-${topic.name}`),
      parents: [],
      topic: topic.name,
      isInternal: false,
      timestamp: topic.timestamp,
      keySerde: topic.key,
      valueSerde: topic.value,
    });
    this.#sources.set(topic.name, { node, topic: topic as Topic<unknown, unknown> });
    return node;
  }
}
