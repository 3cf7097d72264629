// Offsets of partitions by time (ListOffsets), asked of each partition's leader.

import { UsageError } from '../base/errors.js';
import { kafkaErrors } from '../base/kafka-errors.js';
import type { Ports } from '../ports/ports.js';
import { listOffsets } from '../protocol/02-list-offsets.js';
import type { ClusterView } from './cluster-view.js';
import type { IsolationLevel, OffsetAtTime } from './consumer-options.js';
import { groupBy } from './group-by.js';
import type { NodeConnections } from './node-connections.js';
import { isTransient, refusal, requireSuccess } from './refusal.js';
import { withRetries } from './retry.js';
import type { TopicPartition } from './topic.js';

/** Instead of a time. */
export const startTimestamp = -2;
export const endTimestamp = -1;

export interface LookupWay {
  readonly nodes: NodeConnections;
  readonly cluster: ClusterView;
  /** Under 'read_committed' the end is the last stable offset. */
  readonly isolationLevel?: IsolationLevel;
  readonly signal?: AbortSignal;
}

/** `leaderEpoch`: of the record at that offset, -1 when the broker does not say. */
export interface FoundOffset extends OffsetAtTime {
  readonly leaderEpoch: number;
}

/** In the order asked. Offset -1 where no record is at or after the time. */
export async function lookUpOffsets(
  ports: Ports,
  way: LookupWay,
  partitions: readonly TopicPartition[],
  timestamp: number,
): Promise<readonly FoundOffset[]> {
  const found = new Map<string, FoundOffset>();
  const signal = way.signal === undefined ? {} : { signal: way.signal };
  await withRetries(ports, signal, async () => {
    const missing = partitions.filter(wanted => !found.has(keyOf(wanted)));
    try {
      for (const topic of new Set(missing.map(wanted => wanted.topic))) await way.cluster.require(topic);
      for (const [leader, group] of groupBy(missing, wanted => leaderOf(way, wanted))) {
        for (const offset of await ask(way, leader, group, timestamp)) found.set(keyOf(offset), offset);
      }
    } catch (error) {
      if (isTransient(error)) await way.cluster.refresh([...new Set(missing.map(wanted => wanted.topic))], signal);
      throw error;
    }
  });
  return partitions.map(wanted => found.get(keyOf(wanted))!);
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

function leaderOf(way: LookupWay, { topic, partition }: TopicPartition): number {
  const partitions = way.cluster.find(topic)!.partitions;
  const leader = partitions[partition]?.leaderId;
  if (leader === undefined) {
    throw new UsageError(`topic "${topic}" has partitions 0 to ${partitions.length - 1}, not ${partition}`);
  }
  if (leader < 0) throw refusal(kafkaErrors.LEADER_NOT_AVAILABLE.code, `${topic}-${partition}`);
  return leader;
}

function keyOf({ topic, partition }: TopicPartition): string {
  return `${topic}-${partition}`;
}
