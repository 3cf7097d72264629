// A topology while it is being written: nodes, stores and names as the DSL adds them. What is wrong with it is collected and said at once
// when it is built, so that a message never depends on which mistake came first.

import { UsageError } from '../../core/index.js';
import type { AnySerde, NodePlan, OperatorPlan, SourcePlan } from './plan.js';

export interface DraftNode {
  readonly id: number;
  readonly kind: NodePlan['kind'];
  readonly name: string;
  readonly parents: readonly DraftNode[];
  readonly keySerde: AnySerde | undefined;
  readonly valueSerde: AnySerde | undefined;
  readonly details: readonly string[];
  /** Grows when a table is asked for its store by a later join. */
  readonly stores: Set<string>;
  readonly operator?: OperatorPlan;
  readonly topic?: string;
  readonly isInternal?: boolean;
  /** Takes records without key, which others would drop (a left join). */
  readonly wantsNullKeys?: boolean;
  readonly timestamp?: SourcePlan['timestamp'];
}

/** A store that may still lack a serde; `place` says in words what it is for. */
export interface DraftStore {
  readonly kind: 'key-value' | 'window';
  readonly name: string;
  readonly keySerde: AnySerde | undefined;
  readonly valueSerde: AnySerde | undefined;
  readonly retentionMs?: number | undefined;
  readonly windowSizeMs?: number | undefined;
  readonly isLogged: boolean;
  readonly backing: 'memory' | 'disk';
  readonly place: string;
}

export interface DraftRepartition {
  readonly name: string;
  readonly partitions: number | undefined;
  readonly sink: DraftNode;
  readonly source: DraftNode;
}

export class TopologyDraft {
  readonly name: string;
  readonly nodes: DraftNode[] = [];
  readonly stores = new Map<string, DraftStore>();
  readonly repartitions: DraftRepartition[] = [];
  readonly copartitioned: { readonly operator: string; readonly nodes: readonly DraftNode[] }[] = [];
  readonly problems: string[] = [];
  readonly #claimed = new Map<string, string>();
  readonly #counters = new Map<string, number>();

  constructor(name: string) {
    this.name = name;
  }

  add(
    node: Omit<DraftNode, 'id' | 'stores' | 'details'> & { stores?: readonly string[]; details?: readonly string[] },
  ): DraftNode {
    for (const parent of node.parents) this.requireOwn(parent);
    const added = {
      ...node,
      id: this.nodes.length,
      stores: new Set(node.stores),
      details: node.details ?? [],
    };
    this.nodes.push(added);
    return added;
  }

  /** Nodes refer to each other by number: one of another topology would be taken for whichever has its number here. */
  requireOwn(node: DraftNode): void {
    if (this.nodes[node.id] === node) return;
    throw new UsageError(`"${node.name}" is of another topology than "${this.name}": read its topic in this one too`);
  }

  addStore(store: DraftStore): void {
    this.claim('store', store.name, store.place);
    this.stores.set(store.name, store);
  }

  /** Names are unique among their kind: nodes, stores (their changelogs), repartition topics. */
  claim(kind: 'node' | 'store' | 'repartition topic', name: string, place: string): void {
    if (!/^[A-Za-z0-9._-]{1,200}$/.test(name)) {
      this.problems.push(`${place}: "${name}" cannot be a name: use letters, digits, dot, underscore and hyphen`);
    }
    const holder = this.#claimed.get(`${kind} ${name}`);
    if (holder === undefined) this.#claimed.set(`${kind} ${name}`, place);
    else this.problems.push(`two of them want the ${kind} "${name}": ${holder}, and ${place}. Give one another name`);
  }

  /** The name that was given, or one made of the kind and its number for operators that hold no state. */
  nodeName(kind: string, given: string | undefined): string {
    if (given !== undefined) {
      this.claim('node', given, kind);
      return given;
    }
    const number = (this.#counters.get(kind) ?? 0) + 1;
    this.#counters.set(kind, number);
    const name = `${kind}-${number}`;
    this.claim('node', name, `an unnamed ${kind}`);
    return name;
  }
}
