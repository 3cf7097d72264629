// Two nodes and an internal topic between them: a sink of one sub-topology and a source of the next.

import type { DraftNode } from '../topology/draft.js';
import { repartitionTopicName } from '../topology/internal-topics.js';
import type { DslContext, StreamDraft } from './drafts.js';

export interface RepartitionOptions {
  /** Of the operator that needs it; the topic is called after it. */
  readonly operator: string;
  readonly partitions?: number | undefined;
}

/** The source node behind the internal topic. */
export function repartitioned(context: DslContext, stream: StreamDraft, options: RepartitionOptions): DraftNode {
  const { topology } = context;
  const topic = repartitionTopicName(options.operator);
  topology.claim('repartition topic', topic, options.operator);
  const serdes = { keySerde: stream.key, valueSerde: stream.value };
  const place = { topic, isInternal: true, ...serdes };
  const sink = topology.add({
    kind: 'sink',
    name: topology.nodeName('sink', `${topic}-sink`),
    parents: [stream.node],
    ...place,
  });
  const source = topology.add({
    kind: 'source',
    name: topology.nodeName('source', `${topic}-source`),
    parents: [],
    ...place,
  });
  topology.repartitions.push({ name: topic, partitions: options.partitions, sink, source });
  return source;
}
