// From draft to plan: checks what can only be checked when all is written, cuts the graph into sub-topologies, freezes it.

import { UsageError } from '../../core/index.js';
import type { DraftNode, DraftStore, TopologyDraft } from './draft.js';
import type {
  CopartitionGroup,
  NodePlan,
  RepartitionTopicPlan,
  StoreSpec,
  SubTopologyPlan,
  TopologyPlan,
} from './plan.js';
import { assignSubTopologies } from './sub-topologies.js';

/** Throws UsageError that lists everything that is wrong with the topology. */
export function buildPlan(draft: TopologyDraft): TopologyPlan {
  const problems = [...draft.problems, ...missingSerdes(draft), ...nothingToRead(draft)];
  if (problems.length > 0) {
    throw new UsageError(
      `the topology "${draft.name}" cannot be built:\n${problems.map(each => `- ${each}`).join('\n')}`,
    );
  }
  const subTopologyOf = assignSubTopologies(draft.nodes);
  const keylessSinks = new Set(
    draft.repartitions.filter(each => wantsNullKeys(each.source, draft)).map(each => each.sink),
  );
  return {
    name: draft.name,
    nodes: draft.nodes.map(node => nodePlan(node, subTopologyOf[node.id]!, keylessSinks.has(node))),
    subTopologies: subTopologies(draft.nodes, subTopologyOf),
    stores: [...draft.stores.values()].map(storeSpec),
    repartitionTopics: draft.repartitions.map(
      (each): RepartitionTopicPlan => ({
        name: each.name,
        partitions: each.partitions,
        writtenBy: [subTopologyOf[each.sink.id]!],
        readBy: subTopologyOf[each.source.id]!,
      }),
    ),
    copartitionGroups: draft.copartitioned.map(
      (each): CopartitionGroup => ({
        operator: each.operator,
        topics: [...new Set(each.nodes.flatMap(node => [...topicsAbove(node)]))],
      }),
    ),
  };
}

function nothingToRead(draft: TopologyDraft): readonly string[] {
  return draft.nodes.some(node => node.kind === 'source')
    ? []
    : ['it reads no topic: begin with stream(topic) or table(topic)'];
}

function missingSerdes(draft: TopologyDraft): readonly string[] {
  const places: {
    readonly place: string;
    readonly fields: string;
    readonly isMissing: boolean;
    readonly hint: string;
  }[] = [];
  const need = (of: DraftNode | DraftStore, place: string, hint: string) => {
    places.push({ place, fields: 'key', isMissing: of.keySerde === undefined, hint });
    places.push({ place, fields: 'value', isMissing: of.valueSerde === undefined, hint });
  };
  for (const node of draft.nodes) {
    if (node.kind !== 'sink') continue;
    const above = [...changersAbove(node)].join(', ');
    const hint = above === '' ? 'give one where it is written' : `give one there, or where it was changed: ${above}`;
    need(
      node,
      node.isInternal ? `the repartition topic ${node.topic}` : `the topic ${node.topic} (written by ${node.name})`,
      hint,
    );
  }
  for (const store of draft.stores.values())
    need(store, `the store ${store.name} (of ${store.place})`, 'give one to that operator');
  return places
    .filter(each => each.isMissing)
    .map(each => `${each.place} needs the bytes of its ${each.fields}s, and no serde is known for them: ${each.hint}`);
}

/** The nodes nearest above that handed on records without a known serde. */
function* changersAbove(node: DraftNode): Iterable<string> {
  for (const parent of node.parents) {
    const isChanger = parent.parents.every(above => above.keySerde !== undefined && above.valueSerde !== undefined);
    if (parent.keySerde !== undefined && parent.valueSerde !== undefined) continue;
    if (isChanger) yield parent.name;
    else yield* changersAbove(parent);
  }
}

function* topicsAbove(node: DraftNode): Iterable<string> {
  if (node.kind === 'source') yield node.topic!;
  for (const parent of node.parents) yield* topicsAbove(parent);
}

/** Whether a node below, without another internal topic between, does something with records without key (KIP-962). */
function wantsNullKeys(node: DraftNode, draft: TopologyDraft): boolean {
  const below = new Set([node]);
  // Children come after their parents.
  for (const child of draft.nodes) if (child.parents.some(parent => below.has(parent))) below.add(child);
  return [...below].some(each => each.wantsNullKeys === true);
}

function nodePlan(node: DraftNode, subTopology: number, takesNullKeys: boolean): NodePlan {
  const parents = node.parents.map(parent => parent.id);
  const plan = {
    ...node,
    parents,
    subTopology,
    stores: [...node.stores],
    ...(node.operator && { operator: { ...node.operator } }),
    ...(node.kind === 'sink' && { dropsNullKeys: node.isInternal === true && !takesNullKeys }),
  };
  // The draft's fields are those of the plan of its kind: the DSL fills them in, missingSerdes has checked the sinks.
  return Object.freeze(plan) as unknown as NodePlan;
}

function storeSpec({ place: _, ...store }: DraftStore): StoreSpec {
  return Object.freeze(store as StoreSpec);
}

function subTopologies(nodes: readonly DraftNode[], subTopologyOf: readonly number[]): readonly SubTopologyPlan[] {
  const count = Math.max(...subTopologyOf) + 1;
  return Array.from({ length: count }, (_, id) => {
    const own = nodes.filter(node => subTopologyOf[node.id] === id);
    return {
      id,
      nodes: own.map(node => node.id),
      sourceTopics: own.filter(node => node.kind === 'source').map(node => node.topic!),
      stores: [...new Set(own.flatMap(node => [...node.stores]))],
    };
  });
}
