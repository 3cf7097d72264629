import { describeCluster } from '../../protocol/60-describe-cluster.js';
import { handler } from '../handler.js';

export const describeClusterHandler = handler(describeCluster, (node, request) => {
  const { nodeId, host, port } = node.config;
  return describeCluster.response({
    endpointType: request.endpointType,
    clusterId: node.clusterId,
    controllerId: nodeId,
    brokers: [{ brokerId: nodeId, host, port, rack: null, isFenced: false }],
  });
});
