// Topics that come to be because somebody needs them: those that Metadata is asked for, and the broker's own.

import { ProtocolError } from '../base/errors.js';
import { kafkaErrorName } from '../base/kafka-errors.js';
import type { ClusterCatalogue } from './cluster-catalogue.js';
import { internalTopics, isInternalTopic } from './internal-topics.js';

const brokerDefault = -1;
const segmentBytes = String(100 * 1024 * 1024);

/** Creates topics with the broker's defaults. Returns why some could not be, by name. */
export async function createMissing(
  catalogue: ClusterCatalogue,
  names: readonly string[],
): Promise<ReadonlyMap<string, ProtocolError>> {
  const refusals = new Map<string, ProtocolError>();
  const topics = [...new Set(names)].filter(name => !isInternalTopic(name)).map(name => creatable(catalogue, name));
  try {
    const reply = await catalogue.run<'create-topics'>({ kind: 'create-topics', topics, validateOnly: false });
    for (const { name, errorCode, errorMessage } of reply.topics) {
      const kind = errorCode === 0 ? undefined : kafkaErrorName(errorCode);
      // Somebody else was faster: just as well.
      if (kind !== undefined && kind !== 'TOPIC_ALREADY_EXISTS') {
        refusals.set(name, new ProtocolError(kind, errorMessage ?? undefined));
      }
    }
  } catch (error) {
    if (!(error instanceof ProtocolError)) throw error;
    for (const { name } of topics) refusals.set(name, error);
  }
  return refusals;
}

/** The topic that groups live in. Its segments are small, so that a restart replays little once it is compacted. */
export function createConsumerOffsets(catalogue: ClusterCatalogue, partitionCount: number): Promise<void> {
  return createInternal(catalogue, internalTopics.consumerOffsets, partitionCount, { 'compression.type': 'producer' });
}

/** The topic that transactions live in. */
export function createTransactionState(catalogue: ClusterCatalogue, partitionCount: number): Promise<void> {
  const configs = { 'compression.type': 'uncompressed', 'unclean.leader.election.enable': 'false' };
  return createInternal(catalogue, internalTopics.transactionState, partitionCount, configs);
}

async function createInternal(
  catalogue: ClusterCatalogue,
  name: string,
  numPartitions: number,
  special: Readonly<Record<string, string>>,
): Promise<void> {
  const all = {
    'cleanup.policy': 'compact',
    ...special,
    'segment.bytes': segmentBytes,
    'max.message.bytes': segmentBytes,
  };
  const configs = Object.entries(all).map(([key, value]) => ({ name: key, value }));
  const topic = { ...creatable(catalogue, name), numPartitions, configs };
  const reply = await catalogue.run<'create-topics'>({ kind: 'create-topics', topics: [topic], validateOnly: false });
  const { errorCode, errorMessage } = reply.topics[0]!;
  if (errorCode !== 0) throw new ProtocolError(kafkaErrorName(errorCode), errorMessage ?? undefined);
}

function creatable(catalogue: ClusterCatalogue, name: string) {
  return {
    name,
    topicId: catalogue.newTopicId(),
    numPartitions: brokerDefault,
    replicationFactor: brokerDefault,
    assignments: [],
    configs: [],
  };
}
