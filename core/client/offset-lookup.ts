// Offsets of partitions by time (ListOffsets), asked of each partition's leader.

import type { Ports } from '../ports/ports.js';
import { listOffsets } from '../protocol/02-list-offsets.js';
import type { ClusterView } from './cluster-view.js';
import type { IsolationLevel, OffsetAtTime } from './consumer-options.js';
import { groupBy } from './group-by.js';
import { askLeaders } from './leader-requests.js';
import type { NodeConnections } from './node-connections.js';
import { requireSuccess } from './refusal.js';
import type { RetryOptions } from './retry.js';
import type { TopicPartition } from './topic.js';

/** Instead of a time. */
export const startTimestamp = -2;
export const endTimestamp = -1;

export interface LookupWay extends RetryOptions {
  readonly nodes: NodeConnections;
  readonly cluster: ClusterView;
  /** Under 'read_committed' the end is the last stable offset. */
  readonly isolationLevel?: IsolationLevel;
}

/** `leaderEpoch`: of the record at that offset, -1 when the broker does not say. */
export interface FoundOffset extends OffsetAtTime {
  readonly leaderEpoch: number;
}

/** In the order asked. Offset -1 where no record is at or after the time. */
export function lookUpOffsets(
  ports: Ports,
  way: LookupWay,
  partitions: readonly TopicPartition[],
  timestamp: number,
): Promise<readonly FoundOffset[]> {
  const askLeader = (leader: number, group: readonly TopicPartition[]) => ask(way, leader, group, timestamp);
  return askLeaders(ports, way.cluster, partitions, askLeader, way);
}

async function ask(
  way: LookupWay,
  leader: number,
  partitions: readonly TopicPartition[],
  timestamp: number,
): Promise<readonly FoundOffset[]> {
  const topics = [...groupBy(partitions, wanted => wanted.topic)].map(([name, group]) => ({
    name,
    partitions: group.map(({ partition }) => ({ partitionIndex: partition, timestamp })),
  }));
  const isolationLevel = way.isolationLevel === 'read_committed' ? 1 : 0;
  const answer = await way.nodes.send(
    leader,
    listOffsets,
    listOffsets.request({ replicaId: -1, isolationLevel, topics }),
  );
  return answer.topics.flatMap(({ name: topic, partitions: answers }) =>
    answers.map(({ partitionIndex: partition, errorCode, offset, timestamp: recordTimestamp, leaderEpoch }) => {
      requireSuccess(errorCode, `looking up offsets of ${topic}-${partition}`);
      return { topic, partition, offset, timestamp: recordTimestamp, leaderEpoch };
    }),
  );
}
