// A topology as text: its sub-topologies, and in each its nodes in order, with what they read, keep and write.

import type { NodePlan, TopologyPlan } from './plan.js';

export function describePlan(plan: TopologyPlan): string {
  const lines = [`Topology ${plan.name}`];
  for (const subTopology of plan.subTopologies) {
    lines.push(`  Sub-topology ${subTopology.id}`);
    for (const id of subTopology.nodes) lines.push(`    ${describeNode(plan, plan.nodes[id]!)}`);
  }
  for (const store of plan.stores) {
    const retention = store.retentionMs === undefined ? '' : `, retention ${store.retentionMs} ms`;
    const changelog = store.isLogged ? `changelog ${store.name}-changelog` : 'no changelog';
    lines.push(
      `  Store ${store.name} (${store.kind}${retention}, ${store.keySerde.name} to ${store.valueSerde.name}, ${changelog})`,
    );
  }
  return `${lines.join('\n')}\n`;
}

function describeNode(plan: TopologyPlan, node: NodePlan): string {
  const notes = [...nodeNotes(node), ...node.details, ...node.stores.map(store => `store ${store}`)];
  const from = node.parents.map(id => plan.nodes[id]!.name).join(', ');
  return `${node.name}${notes.length === 0 ? '' : ` (${notes.join(', ')})`}${from === '' ? '' : ` <- ${from}`}`;
}

function nodeNotes(node: NodePlan): readonly string[] {
  if (node.kind === 'source') return [`reads ${node.topic}`];
  if (node.kind === 'sink') return [`writes ${node.topic}`];
  return [];
}
