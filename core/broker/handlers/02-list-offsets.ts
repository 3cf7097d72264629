// Offsets by time, of what is visible: below the high watermark, or for readers of committed records below the last stable offset.

import { listOffsets } from '../../protocol/02-list-offsets.js';
import type { RequestOf, ResponseOf } from '../../protocol/api.js';
import type { BrokerNode } from '../broker-node.js';
import { errorCode } from '../error-code.js';
import { handler } from '../handler.js';
import { type Partition, requireLeaderEpoch, visibleEnd } from '../partition.js';

type Asked = RequestOf<typeof listOffsets>['topics'][number]['partitions'][number];
type PartitionResponse = ResponseOf<typeof listOffsets>['topics'][number]['partitions'][number];

/** Timestamps that are none. */
const special = { latest: -1, earliest: -2, maxTimestamp: -3, earliestLocal: -4 } as const;

const nothing = { offset: -1, timestamp: -1 } as const;

export const listOffsetsHandler = handler(listOffsets, (node, request) =>
  listOffsets.response({
    topics: request.topics.map(({ name, partitions }) => ({
      name,
      partitions: partitions.map(asked => offsetOf(node, name, asked, request.isolationLevel)),
    })),
  }),
);

function offsetOf(node: BrokerNode, topic: string, asked: Asked, isolationLevel: number): Partial<PartitionResponse> {
  const { partitionIndex, timestamp, currentLeaderEpoch } = asked;
  try {
    const partition = node.topics.require(topic, partitionIndex);
    requireLeaderEpoch(partition, currentLeaderEpoch);
    const found = lookUp(partition, timestamp, visibleEnd(partition.log, isolationLevel));
    return { partitionIndex, ...found, leaderEpoch: found.offset < 0 ? -1 : partition.leaderEpoch };
  } catch (error) {
    return { partitionIndex, errorCode: errorCode(error) };
  }
}

function lookUp(
  { log }: Partition,
  timestamp: number,
  end: number,
): { readonly offset: number; readonly timestamp: number } {
  switch (timestamp) {
    case special.latest:
      return { offset: end, timestamp: -1 };
    case special.earliest:
    case special.earliestLocal:
      return { offset: log.logStartOffset, timestamp: -1 };
    default: {
      const found = timestamp === special.maxTimestamp ? log.offsetOfMaxTimestamp() : log.offsetForTime(timestamp);
      return found === undefined || found.offset >= end ? nothing : found;
    }
  }
}
