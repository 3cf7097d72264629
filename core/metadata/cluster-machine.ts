// The cluster: topics, brokers, producer ids, features. With one node, one voter; with several, Raft comes under it and nothing
// here changes. Driven like every pure machine: `decide`, append the records, `accept` at once, answer when they are committed.
// It does not know where its log is, what a partition holds, or who asks.

import { unreachable } from '../base/assert.js';
import { alterConfigs } from './alter-configs.js';
import type {
  AllocateProducerIdsCommand,
  ClusterCommand,
  ClusterReplies,
  RegisterBrokerCommand,
} from './cluster-command.js';
import { type ClusterConfig, defaultClusterConfig } from './cluster-config.js';
import { ClusterImage } from './cluster-image.js';
import type { ClusterRecord } from './cluster-record.js';
import { createPartitions } from './create-partitions.js';
import { createTopics } from './create-topics.js';
import { deleteTopics } from './delete-topics.js';

const producerIdBlockSize = 1_000;

export interface ClusterDecision<K extends ClusterCommand['kind'] = ClusterCommand['kind']> {
  readonly records: readonly ClusterRecord[];
  readonly reply: ClusterReplies[K];
  /** None so far: what there is to do follows from the records, also on replay. */
  readonly effects: readonly never[];
}

export class ClusterMachine {
  readonly image = new ClusterImage();
  private readonly config: ClusterConfig;

  constructor(config: Partial<ClusterConfig> = {}) {
    this.config = { ...defaultClusterConfig, ...config };
  }

  /** Changes nothing. */
  decide<C extends ClusterCommand>(command: C): ClusterDecision<C['kind']> {
    const decision: ClusterDecision = { ...this.decideAny(command), effects: [] };
    return decision;
  }

  /** Takes a decision over, as soon as its records are appended. */
  accept(decision: ClusterDecision): void {
    for (const record of decision.records) this.apply(record);
  }

  /** One record of the log. */
  apply(record: ClusterRecord): void {
    this.image.apply(record);
  }

  private decideAny(command: ClusterCommand): Omit<ClusterDecision, 'effects'> {
    switch (command.kind) {
      case 'create-topics':
        return createTopics(this.image, this.config, command);
      case 'delete-topics':
        return deleteTopics(this.image, command);
      case 'create-partitions':
        return createPartitions(this.image, this.config, command);
      case 'alter-configs':
        return alterConfigs(this.image, command);
      case 'register-broker':
        return this.registerBroker(command);
      case 'allocate-producer-ids':
        return this.allocateProducerIds(command);
      case 'set-feature-level': {
        const { name, featureLevel } = command;
        const isSet = this.image.features.get(name) === featureLevel;
        return { records: isSet ? [] : [{ kind: 'feature-level', name, featureLevel }], reply: undefined };
      }
      default:
        return unreachable(command);
    }
  }

  private registerBroker(command: RegisterBrokerCommand): Omit<ClusterDecision, 'effects'> {
    const { beginsLeaderEpochs, ...broker } = command;
    const records: ClusterRecord[] = [broker];
    for (const { topicId, partitions } of beginsLeaderEpochs ? this.image.topicsByName.values() : []) {
      for (const { partitionId, leader } of partitions) {
        if (leader !== command.brokerId) continue;
        records.push({ kind: 'partition-change', topicId, partitionId, leader, isr: undefined });
      }
    }
    return { records, reply: { brokerEpoch: command.brokerEpoch } };
  }

  private allocateProducerIds(command: AllocateProducerIdsCommand): Omit<ClusterDecision, 'effects'> {
    const { brokerId, brokerEpoch } = command;
    const producerIdStart = this.image.nextProducerId;
    const nextProducerId = producerIdStart + producerIdBlockSize;
    return {
      records: [{ kind: 'producer-ids', brokerId, brokerEpoch, nextProducerId }],
      reply: { producerIdStart, producerIdLen: producerIdBlockSize },
    };
  }
}
