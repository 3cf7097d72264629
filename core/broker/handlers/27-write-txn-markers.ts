import { writeTxnMarkers } from '../../protocol/27-write-txn-markers.js';
import type { RequestOf, ResponseOf } from '../../protocol/api.js';
import type { BrokerNode } from '../broker-node.js';
import { handler } from '../handler.js';

type Marker = RequestOf<typeof writeTxnMarkers>['markers'][number];
type MarkerResponse = ResponseOf<typeof writeTxnMarkers>['markers'][number];

/** From a coordinator on another broker, or from an operator who ends a transaction that nobody else does. */
export const writeTxnMarkersHandler = handler(writeTxnMarkers, async (node, request) =>
  writeTxnMarkers.response({ markers: await Promise.all(request.markers.map(marker => write(node, marker))) }),
);

async function write(node: BrokerNode, marker: Marker): Promise<MarkerResponse> {
  const { producerId, producerEpoch, coordinatorEpoch, transactionResult: commits, topics } = marker;
  const partitions = topics.map(({ name, partitionIndexes }) => ({ topic: name, partitionIds: partitionIndexes }));
  const ended = { producerId, producerEpoch, coordinatorEpoch, commits };
  const results = await node.transactionMarkers.write(ended, partitions);
  return {
    producerId,
    topics: topics.map(({ name }) => ({
      name,
      partitions: results
        .filter(({ topic }) => topic === name)
        .map(({ partition, errorCode }) => ({ partitionIndex: partition, errorCode })),
    })),
  };
}
