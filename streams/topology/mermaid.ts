// A topology as a Mermaid flowchart: topics as pipes, operators as boxes by sub-topology, stores as cylinders.

import type { NodePlan, TopologyPlan } from './plan.js';

export function mermaidOf(plan: TopologyPlan): string {
  const lines = ['flowchart TD'];
  const topics = [...new Set(plan.nodes.flatMap(node => ('topic' in node ? [node.topic] : [])))];
  for (const [index, topic] of topics.entries()) lines.push(`  topic${index}[[${quoted(topic)}]]`);
  for (const subTopology of plan.subTopologies) {
    lines.push(`  subgraph sub${subTopology.id} [${quoted(`sub-topology ${subTopology.id}`)}]`);
    for (const id of subTopology.nodes) lines.push(`    n${id}[${quoted(label(plan.nodes[id]!))}]`);
    for (const store of subTopology.stores) lines.push(`    ${storeId(plan, store)}[(${quoted(store)})]`);
    lines.push('  end');
  }
  for (const node of plan.nodes) lines.push(...edges(plan, node, topics));
  return `${lines.join('\n')}\n`;
}

function* edges(plan: TopologyPlan, node: NodePlan, topics: readonly string[]): Iterable<string> {
  if (node.kind === 'source') yield `  topic${topics.indexOf(node.topic)} --> n${node.id}`;
  const arrow = node.kind === 'side-output' ? '-. late .->' : '-->';
  for (const parent of node.parents) yield `  n${parent} ${arrow} n${node.id}`;
  for (const store of node.stores) yield `  n${node.id} --- ${storeId(plan, store)}`;
  if (node.kind === 'sink') yield `  n${node.id} --> topic${topics.indexOf(node.topic)}`;
}

const storeId = (plan: TopologyPlan, store: string): string =>
  `store${plan.stores.findIndex(each => each.name === store)}`;

const label = (node: NodePlan): string => [node.name, ...node.details].join('<br>');

const quoted = (text: string): string => `"${text.replaceAll('"', '#quot;')}"`;
