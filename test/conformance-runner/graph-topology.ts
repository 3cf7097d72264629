// Builds a composed case's graph with the public DSL, one call a node, in the order listed.

import { string, type Topic, topic } from '../../core/index.js';
import {
  type GroupedStream,
  hopping,
  type KStream,
  type KTable,
  type Topology,
  topology,
  tumbling,
  Windowed,
  type WindowedStream,
} from '../../streams/index.js';
import type { Graph, GraphNode } from './case.js';
import {
  combines,
  folds,
  inits,
  keys,
  pairLists,
  pairs,
  predicates,
  type Text,
  valueLists,
  values,
} from './functions.js';

/** An operator of the reference that does not exist here yet, by its name. */
export class NotBuilt extends Error {
  override readonly name = 'NotBuilt';
}

type Stream = KStream<Text, Text>;
type Table = KTable<Text, Text>;
type Made =
  | { readonly kind: 'stream'; readonly handle: Stream }
  | { readonly kind: 'table'; readonly handle: Table; readonly isWindowed: boolean }
  | { readonly kind: 'grouped'; readonly handle: GroupedStream<Text, Text> }
  | { readonly kind: 'windowed'; readonly handle: WindowedStream<Text, Text>; readonly emit: 'update' | 'close' };

const serdes = { key: string, value: string };

/** What functions see of a key: the text of a windowed one. */
export function keyText(key: unknown): Text {
  return key instanceof Windowed ? `${keyText(key.key)}@${key.startMs}/${key.endMs}` : (key as Text);
}

export class GraphTopology {
  readonly topology: Topology = topology('conformance');
  readonly #made = new Map<string, Made>();
  readonly #topics = new Map<string, Topic<Text, Text>>();
  readonly #emitEvery: number;

  constructor(graph: Graph) {
    this.#emitEvery = graph.emitIntervalMs ?? 0;
    for (const node of graph.nodes) {
      const made = this.#make(node);
      if (made !== undefined) this.#made.set(node.id, made);
    }
  }

  topic(name: string): Topic<Text, Text> {
    const known = this.#topics.get(name) ?? (topic(name) as unknown as Topic<Text, Text>);
    this.#topics.set(name, known);
    return known;
  }

  #make(node: GraphNode): Made | undefined {
    switch (node.op) {
      case 'stream':
        return stream(this.topology.stream(this.topic(node.topic!)));
      case 'table':
        requireUnversioned(node);
        return table(this.topology.table(this.topic(node.topic!), storeOf(node)));
      case 'toTable':
        requireUnversioned(node);
        return table(this.#stream(node).toTable({ name: node.id, ...serdes, ...storeOf(node) }));
      case 'to':
        return void this.#stream(node).to(this.topic(node.topic!) as unknown as Topic<string, string>);
      case 'split':
        return this.#split(node);
      case 'merge':
        return this.#merge(node);
      case 'repartition':
        return stream(this.#stream(node).repartition({ name: node.id, ...serdes }));
      case 'toStream':
        return this.#toStream(node);
      case 'groupByKey':
        return grouped(this.#stream(node).groupByKey({ ...serdes, ...named(node) }));
      case 'groupBy':
        if (this.#from(node).kind === 'table') throw new NotBuilt('groupBy table');
        return grouped(this.#stream(node).groupBy((v, k) => keys[node.fn!]!(k, v), { ...serdes, ...named(node) }));
      case 'windowedBy':
        return this.#windowedBy(node);
      case 'count':
      case 'reduce':
      case 'aggregate':
        return this.#aggregate(node);
      case 'join':
        return this.#join(node);
      case 'filter':
      case 'filterNot':
      case 'mapValues':
        return this.#from(node).kind === 'table' ? this.#mapTable(node) : this.#mapStream(node);
      case 'map':
      case 'flatMap':
      case 'flatMapValues':
      case 'selectKey':
        return this.#mapStream(node);
      default:
        throw new NotBuilt(node.op);
    }
  }

  #mapStream(node: GraphNode): Made {
    const from = this.#stream(node);
    const fn = node.fn!;
    switch (node.op) {
      case 'filter':
        return stream(from.filter((v, k) => predicates[fn]!(k, v)));
      case 'filterNot':
        return stream(from.filterNot((v, k) => predicates[fn]!(k, v)));
      case 'mapValues':
        return stream(from.mapValues((v, k) => values[fn]!(k, v), serdes));
      case 'map':
        return stream(from.map((v, k) => pairs[fn]!(k, v), serdes));
      case 'flatMap':
        return stream(from.flatMap((v, k) => pairLists[fn]!(k, v), serdes));
      case 'flatMapValues':
        return stream(from.flatMapValues(v => valueLists[fn]!(v), serdes));
      default:
        return stream(from.selectKey((v, k) => keys[fn]!(k, v), serdes));
    }
  }

  #mapTable(node: GraphNode): Made {
    const from = this.#table(node);
    const fn = node.fn!;
    const options = { ...serdes, ...storeOf(node) };
    const { isWindowed } = from;
    if (node.op === 'mapValues') {
      return table(
        from.handle.mapValues((v, k) => values[fn]!(keyText(k), v), options),
        isWindowed,
      );
    }
    const keeps = (v: Text, k: Text) => predicates[fn]!(keyText(k), v);
    return table(
      node.op === 'filter' ? from.handle.filter(keeps, options) : from.handle.filterNot(keeps, options),
      isWindowed,
    );
  }

  #toStream(node: GraphNode): Made {
    const from = this.#table(node);
    return stream(from.isWindowed ? from.handle.toStream((_, k) => keyText(k), serdes) : from.handle.toStream());
  }

  #split(node: GraphNode): undefined {
    const branches = Object.fromEntries(
      node.branches!.map(({ id, fn }) => [id, (v: Text, k: Text) => predicates[fn]!(k, v)]),
    );
    const made = this.#stream(node).split(branches);
    for (const { id } of node.branches!) this.#made.set(id, stream(made[id]!));
    if (node.default != null) this.#made.set(node.default, stream(made['rest']!));
    return undefined;
  }

  #merge(node: GraphNode): Made {
    const [first, ...others] = node.from!.map((_, index) => this.#stream(node, index));
    return stream(others.reduce((merged, other) => merged.merge(other, serdes), first!));
  }

  #windowedBy(node: GraphNode): Made {
    const window = node.window!;
    const from = this.#from(node);
    if (window.type !== 'time') throw new NotBuilt(`window ${window.type}`);
    if (from.kind !== 'grouped') throw new Error(`${node.id} windows a ${from.kind}`);
    const { size, grace, advance } = { size: window.size!, grace: window.grace, advance: window.advance };
    const windows = advance === undefined ? tumbling(size, { grace }) : hopping(size, { advance, grace });
    return { kind: 'windowed', handle: from.handle.windowedBy(windows), emit: node.emit ?? 'update' };
  }

  #aggregate(node: GraphNode): Made {
    const from = this.#from(node);
    if (from.kind !== 'grouped' && from.kind !== 'windowed') throw new Error(`${node.id} aggregates a ${from.kind}`);
    const name = node.store ?? node.id;
    const windowed =
      from.kind === 'windowed'
        ? {
            emit: from.emit,
            emitEvery: this.#emitEvery,
            ...(node.retention !== undefined && { retention: node.retention }),
          }
        : {};
    const isWindowed = from.kind === 'windowed';
    const handle = from.handle as GroupedStream<Text, Text>;
    const fn = folds[node.fn!]!;
    switch (node.op) {
      case 'count':
        return table(handle.count({ name, ...windowed }).mapValues(String, { value: string }), isWindowed);
      case 'reduce':
        return table(handle.reduce({ name, ...serdes, reduce: (a, v) => fn(null, v, a), ...windowed }), isWindowed);
      default: {
        const init = (): Text => inits[node.init!]!;
        const add = (a: Text, v: Text, k: Text): Text => fn(keyText(k), v, a);
        return table(handle.aggregate<Text>({ name, ...serdes, init, add, ...windowed }), isWindowed);
      }
    }
  }

  #join(node: GraphNode): Made {
    if (node.kind !== 'stream-table') throw new NotBuilt(`join ${node.kind}`);
    if (node.grace != null) throw new NotBuilt('versioned table');
    const { handle } = this.#table(node, 1);
    const join = (l: Text, r: Text) => combines[node.fn!]!(l, r);
    const options = { name: node.id, ...serdes, result: string };
    return stream(
      node.type === 'inner'
        ? this.#stream(node).join(handle, join, options)
        : this.#stream(node).leftJoin<Text, Text>(handle, join, options),
    );
  }

  #from(node: GraphNode, index = 0): Made {
    const made = this.#made.get(node.from![index]!);
    if (made === undefined) throw new Error(`${node.id} comes from a node not made yet: ${node.from![index]}`);
    return made;
  }

  #stream(node: GraphNode, index = 0): Stream {
    const made = this.#from(node, index);
    if (made.kind !== 'stream') throw new Error(`${node.id} comes from a ${made.kind}`);
    return made.handle;
  }

  #table(node: GraphNode, index = 0): Extract<Made, { kind: 'table' }> {
    const made = this.#from(node, index);
    if (made.kind !== 'table') throw new Error(`${node.id} comes from a ${made.kind}`);
    return made;
  }
}

const stream = (handle: Stream): Made => ({ kind: 'stream', handle });
// A windowed table has another key type; the functions of the catalogue take its text.
// biome-ignore lint/suspicious/noExplicitAny: as said
const table = (handle: KTable<any, any>, isWindowed = false): Made => ({
  kind: 'table',
  handle,
  isWindowed,
});
const grouped = (handle: GroupedStream<Text, Text>): Made => ({ kind: 'grouped', handle });
const storeOf = (node: GraphNode) => (node.store === undefined ? {} : { store: node.store });
const named = (node: GraphNode) => (node.name === undefined ? {} : { name: node.name });

function requireUnversioned(node: GraphNode): void {
  if (node.versioned !== undefined) throw new NotBuilt('versioned table');
}
