import { unreachable } from '../base/assert.js';
import type {
  BrokerEndPoint,
  ClusterRecord,
  ConfigRecord,
  PartitionChangeRecord,
  PartitionRecord,
  TopicRecord,
} from './cluster-record.js';

export interface TopicImage {
  readonly name: string;
  readonly topicId: string;
  /** By partition id. */
  readonly partitions: readonly PartitionImage[];
  /** What was set; `resolveTopicConfig` adds the defaults. */
  readonly configs: ReadonlyMap<string, string>;
}

export interface PartitionImage {
  readonly partitionId: number;
  readonly replicas: readonly number[];
  readonly isr: readonly number[];
  readonly leader: number;
  readonly leaderEpoch: number;
  readonly partitionEpoch: number;
}

export interface BrokerImage {
  readonly brokerId: number;
  readonly incarnationId: string;
  readonly brokerEpoch: number;
  readonly endPoints: readonly BrokerEndPoint[];
  readonly rack: string | null;
}

/** What the cluster consists of: its records in, the present state out. Topics and brokers in it are replaced, never changed. */
export class ClusterImage {
  private readonly topics = new Map<string, TopicImage>();
  private readonly nameById = new Map<string, string>();
  private readonly brokersById = new Map<number, BrokerImage>();
  private readonly featureLevels = new Map<string, number>();
  private producerId = 0;

  /** By name, in the order in which they were created. */
  get topicsByName(): ReadonlyMap<string, TopicImage> {
    return this.topics;
  }

  get brokers(): ReadonlyMap<number, BrokerImage> {
    return this.brokersById;
  }

  get features(): ReadonlyMap<string, number> {
    return this.featureLevels;
  }

  /** The first producer id that no block holds yet. */
  get nextProducerId(): number {
    return this.producerId;
  }

  topic(name: string): TopicImage | undefined {
    return this.topics.get(name);
  }

  topicById(topicId: string): TopicImage | undefined {
    const name = this.nameById.get(topicId);
    return name === undefined ? undefined : this.topics.get(name);
  }

  apply(record: ClusterRecord): void {
    switch (record.kind) {
      case 'topic':
        this.applyTopic(record);
        break;
      case 'partition':
        this.applyPartition(record);
        break;
      case 'partition-change':
        this.applyPartitionChange(record);
        break;
      case 'config':
        this.applyConfig(record);
        break;
      case 'remove-topic':
        this.removeTopic(record.topicId);
        break;
      case 'register-broker': {
        const { kind: _kind, ...broker } = record;
        this.brokersById.set(broker.brokerId, broker);
        break;
      }
      case 'feature-level':
        this.featureLevels.set(record.name, record.featureLevel);
        break;
      case 'producer-ids':
        this.producerId = record.nextProducerId;
        break;
      default:
        unreachable(record);
    }
  }

  private applyTopic({ name, topicId }: TopicRecord): void {
    this.nameById.set(topicId, name);
    this.topics.set(name, { name, topicId, partitions: [], configs: new Map() });
  }

  private applyPartition({ kind: _kind, topicId, ...partition }: PartitionRecord): void {
    const topic = this.topicById(topicId);
    if (topic === undefined) return;
    const partitions = [...topic.partitions];
    partitions[partition.partitionId] = partition;
    this.topics.set(topic.name, { ...topic, partitions });
  }

  private applyPartitionChange(change: PartitionChangeRecord): void {
    const topic = this.topicById(change.topicId);
    const former = topic?.partitions[change.partitionId];
    if (topic === undefined || former === undefined) return;
    const partitions = [...topic.partitions];
    partitions[change.partitionId] = {
      ...former,
      leader: change.leader ?? former.leader,
      isr: change.isr ?? former.isr,
      leaderEpoch: former.leaderEpoch + (change.leader === undefined ? 0 : 1),
      partitionEpoch: former.partitionEpoch + 1,
    };
    this.topics.set(topic.name, { ...topic, partitions });
  }

  private applyConfig({ topic: topicName, name, value }: ConfigRecord): void {
    const topic = this.topics.get(topicName);
    if (topic === undefined) return;
    const configs = new Map(topic.configs);
    if (value === null) configs.delete(name);
    else configs.set(name, value);
    this.topics.set(topicName, { ...topic, configs });
  }

  private removeTopic(topicId: string): void {
    const name = this.nameById.get(topicId);
    if (name !== undefined) this.topics.delete(name);
    this.nameById.delete(topicId);
  }
}
