// What of a topology has to stay the same between two versions of an application: its state. A store whose name is gone, or whose kind,
// serdes or windows are others, is state lost without a word; so is what lies in a repartition topic that nobody reads any more. The
// shape is plain JSON: the runtime keeps that of the last run and compares at the next start.

import { didYouMean } from '../../core/index.js';
import type { TopologyPlan } from './plan.js';

export interface StoreShape {
  readonly name: string;
  readonly kind: string;
  readonly keySerde: string;
  readonly valueSerde: string;
  readonly windowSizeMs: number | null;
  readonly isLogged: boolean;
}

export interface TopologyShape {
  readonly name: string;
  readonly stores: readonly StoreShape[];
  readonly repartitionTopics: readonly string[];
  readonly sourceTopics: readonly string[];
}

export interface TopologyDifference {
  readonly kind:
    | 'store-added'
    | 'store-lost'
    | 'store-changed'
    | 'repartition-topic-lost'
    | 'source-lost'
    | 'source-added';
  readonly name: string;
  /** State of the earlier version would be lost or misread: start-up refuses, unless it is told that this is meant. */
  readonly isStateLost: boolean;
  readonly message: string;
}

export function topologyShape(plan: TopologyPlan): TopologyShape {
  return {
    name: plan.name,
    stores: plan.stores.map(store => ({
      name: store.name,
      kind: store.kind,
      keySerde: store.keySerde.name,
      valueSerde: store.valueSerde.name,
      windowSizeMs: store.windowSizeMs ?? null,
      isLogged: store.isLogged,
    })),
    repartitionTopics: plan.repartitionTopics.map(topic => topic.name),
    sourceTopics: plan.nodes.flatMap(node => (node.kind === 'source' && !node.isInternal ? [node.topic] : [])),
  };
}

/** What changed from the version that ran before to this one. */
export function diffTopology(before: TopologyShape, after: TopologyShape): readonly TopologyDifference[] {
  return [...storeDifferences(before, after), ...topicDifferences(before, after)];
}

function* storeDifferences(before: TopologyShape, after: TopologyShape): Iterable<TopologyDifference> {
  const added = after.stores
    .filter(store => !before.stores.some(old => old.name === store.name))
    .map(store => store.name);
  for (const old of before.stores) {
    const store = after.stores.find(each => each.name === old.name);
    if (store === undefined) {
      const renamed = added.length === 0 ? '' : `: was it renamed${didYouMean(old.name, added)}?`;
      const message = `the store ${old.name} of the version that ran before is gone${renamed}`;
      yield { kind: 'store-lost', name: old.name, isStateLost: old.isLogged, message };
      continue;
    }
    const changes = changesOf(old, store);
    if (changes.length === 0) continue;
    const message = `the store ${old.name} is another one than in the version that ran before: ${changes.join(', ')}`;
    yield { kind: 'store-changed', name: old.name, isStateLost: true, message };
  }
  for (const name of added) {
    yield { kind: 'store-added', name, isStateLost: false, message: `the store ${name} is new and begins empty` };
  }
}

function changesOf(before: StoreShape, after: StoreShape): readonly string[] {
  const fields = ['kind', 'keySerde', 'valueSerde', 'windowSizeMs'] as const;
  return fields
    .filter(field => before[field] !== after[field])
    .map(field => `${field} was ${before[field]} and is ${after[field]}`);
}

function* topicDifferences(before: TopologyShape, after: TopologyShape): Iterable<TopologyDifference> {
  for (const name of before.repartitionTopics) {
    if (after.repartitionTopics.includes(name)) continue;
    const message = `nobody reads the repartition topic ${name} any more: records in it that were not yet processed would be lost`;
    yield { kind: 'repartition-topic-lost', name, isStateLost: true, message };
  }
  for (const name of before.sourceTopics) {
    if (after.sourceTopics.includes(name)) continue;
    yield { kind: 'source-lost', name, isStateLost: false, message: `the topic ${name} is no longer read` };
  }
  for (const name of after.sourceTopics) {
    if (before.sourceTopics.includes(name)) continue;
    yield { kind: 'source-added', name, isStateLost: false, message: `the topic ${name} is read from now on` };
  }
}
