// A sub-topology is what one task runs: the nodes that hang together by their edges or by a store they share. Internal topics
// cut the graph, as their sink and their source have no edge. Numbered by their first node.

import type { DraftNode } from './draft.js';

/** The sub-topology of each node, by node id. */
export function assignSubTopologies(nodes: readonly DraftNode[]): readonly number[] {
  const groups = new Groups(nodes.length);
  const firstWithStore = new Map<string, number>();
  for (const node of nodes) {
    for (const parent of node.parents) groups.unite(node.id, parent.id);
    for (const store of node.stores) {
      const first = firstWithStore.get(store);
      if (first === undefined) firstWithStore.set(store, node.id);
      else groups.unite(node.id, first);
    }
  }
  const numbers = new Map<number, number>();
  return nodes.map(node => {
    const root = groups.rootOf(node.id);
    const number = numbers.get(root) ?? numbers.size;
    numbers.set(root, number);
    return number;
  });
}

/** Union-find. */
class Groups {
  readonly #parent: number[];

  constructor(count: number) {
    this.#parent = Array.from({ length: count }, (_, index) => index);
  }

  rootOf(member: number): number {
    const parent = this.#parent[member]!;
    return parent === member ? member : (this.#parent[member] = this.rootOf(parent));
  }

  unite(a: number, b: number): void {
    this.#parent[this.rootOf(a)] = this.rootOf(b);
  }
}
