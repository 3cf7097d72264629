// The order in which sub-topologies come to their end: one that writes a topic before those that read it.

import type { TopologyPlan } from '../topology/plan.js';

export function subTopologyOrder(plan: TopologyPlan): readonly number[] {
  const order: number[] = [];
  const seen = new Set<number>();
  const visit = (id: number): void => {
    if (seen.has(id)) return;
    seen.add(id);
    for (const writer of writersInto(plan, id)) visit(writer);
    order.push(id);
  };
  for (const { id } of plan.subTopologies) visit(id);
  return order;
}

function writersInto(plan: TopologyPlan, id: number): readonly number[] {
  const topics = plan.subTopologies[id]!.sourceTopics;
  return plan.nodes.flatMap(node => (node.kind === 'sink' && topics.includes(node.topic) ? [node.subTopology] : []));
}
