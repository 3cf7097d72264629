// What a client knows of the cluster: topics, their ids, and who leads each partition. Asked for when first needed and again
// when a broker says that it is out of date; never guessed.

import { UsageError } from '../base/errors.js';
import { kafkaErrors } from '../base/kafka-errors.js';
import { didYouMean } from '../base/nearest-word.js';
import type { Ports } from '../ports/ports.js';
import { metadata } from '../protocol/03-metadata.js';
import type { ResponseOf } from '../protocol/api.js';
import { anyNode, type NodeConnections } from './node-connections.js';
import { refusal, requireSuccess } from './refusal.js';
import { backoffMs, type RetryOptions, withRetries } from './retry.js';
import type { TopicPartition } from './topic.js';

export interface TopicView {
  readonly name: string;
  readonly topicId: string;
  readonly isInternal: boolean;
  /** By partition number. */
  readonly partitions: readonly PartitionView[];
  /** On the monotonic clock. */
  readonly learntAtMs: number;
}

export interface PartitionView {
  /** -1 while there is no leader. */
  readonly leaderId: number;
  readonly leaderEpoch: number;
  readonly replicas: readonly number[];
  readonly inSyncReplicas: readonly number[];
}

/** What a broker says that is not the leader any more (KIP-951). */
export interface LeaderHint {
  readonly leaderId: number;
  readonly leaderEpoch: number;
}

export interface TopicsWanted extends RetryOptions {
  /** Lets the broker create what is missing, if it is configured to. */
  readonly createIfMissing?: boolean;
}

type TopicAnswer = ResponseOf<typeof metadata>['topics'][number];

const unknownTopicCode = kafkaErrors.UNKNOWN_TOPIC_OR_PARTITION.code;
/** A broker may hear of a new topic a moment later than the one that created it. */
const unknownTopicMs = 2_000;
/** A topic that is created because it was asked for comes into being behind the client's back. */
const createdTopicMs = 10_000;

export class ClusterView {
  readonly #ports: Ports;
  readonly #nodes: NodeConnections;
  /** Is told of what was learnt. */
  onLearnt: ((view: TopicView) => void) | undefined;
  readonly #topics = new Map<string, TopicView>();
  readonly #names = new Map<string, string>();

  constructor(ports: Ports, nodes: NodeConnections) {
    this.#ports = ports;
    this.#nodes = nodes;
  }

  /** What is known without asking. */
  find(topic: string): TopicView | undefined {
    return this.#topics.get(topic);
  }

  nameOf(topicId: string): string | undefined {
    return this.#names.get(topicId);
  }

  /** -1 when the leader is not known. */
  leaderOf(topic: string, partition: number): number {
    return this.#topics.get(topic)?.partitions[partition]?.leaderId ?? anyNode;
  }

  /** False when the hint is older than what is known. */
  learnLeader({ topic, partition }: TopicPartition, { leaderId, leaderEpoch }: LeaderHint): boolean {
    const view = this.#topics.get(topic);
    const known = view?.partitions[partition];
    if (view === undefined || known === undefined || leaderId < 0 || leaderEpoch <= known.leaderEpoch) return false;
    const partitions = [...view.partitions];
    partitions[partition] = { ...known, leaderId, leaderEpoch };
    this.#topics.set(topic, { ...view, partitions });
    return true;
  }

  async require(topic: string, wanted: TopicsWanted = {}): Promise<TopicView> {
    const known = this.#topics.get(topic);
    if (known !== undefined) return known;
    return (await this.refresh([topic], wanted))[0]!;
  }

  /**
   * As `require`, with these partitions: they may have been added since the topic was asked about, and one broker hears of it later than another.
   * Rejects with UsageError when they do not exist.
   */
  async requirePartitions(partitions: readonly TopicPartition[], wanted: RetryOptions = {}): Promise<void> {
    const endMs = this.#ports.clock.monotonic() + (this.#nodes.areInProcess ? 0 : unknownTopicMs);
    for (let attempt = 0; ; attempt++) {
      const unknown = partitions.filter(({ topic, partition }) => partition >= this.#partitionCount(topic));
      if (unknown.length === 0) return;
      await this.refresh([...new Set(unknown.map(({ topic }) => topic))], wanted);
      const missing = unknown.find(({ topic, partition }) => partition >= this.#partitionCount(topic));
      if (missing === undefined) return;
      const delayMs = backoffMs(attempt, this.#ports);
      if (this.#ports.clock.monotonic() + delayMs > endMs) throw this.#unknownPartition(missing);
      await this.#ports.clock.sleep(delayMs, wanted.signal);
    }
  }

  /** Asks anew. Rejects with UsageError, naming the nearest one, when a topic does not exist. */
  async refresh(topics: readonly string[], wanted: TopicsWanted = {}): Promise<readonly TopicView[]> {
    const endMs =
      this.#ports.clock.monotonic() +
      (this.#nodes.areInProcess ? 0 : wanted.createIfMissing ? createdTopicMs : unknownTopicMs);
    for (let attempt = 0; ; attempt++) {
      const answers = await this.#ask(topics, wanted);
      const missing = answers.find(answer => answer.errorCode === unknownTopicCode);
      if (missing === undefined) return answers.map(answer => this.#keep(answer));
      const delayMs = backoffMs(attempt, this.#ports);
      if (this.#ports.clock.monotonic() + delayMs > endMs) {
        // Another broker may know by now what this one has not heard of yet.
        const listed = await this.all();
        const unlisted = topics.find(topic => !listed.some(({ name }) => name === topic));
        if (unlisted !== undefined) throw this.#unknownTopic(unlisted, listed);
        return topics.map(topic => this.#topics.get(topic)!);
      }
      await this.#ports.clock.sleep(delayMs, wanted.signal);
    }
  }

  async all(): Promise<readonly TopicView[]> {
    const answer = await withRetries(this.#ports, {}, () =>
      this.#nodes.send(anyNode, metadata, metadata.request({ topics: null, allowAutoTopicCreation: false })),
    );
    return answer.topics.filter(topic => topic.errorCode === 0).map(topic => this.#keep(topic));
  }

  #ask(topics: readonly string[], wanted: TopicsWanted): Promise<readonly TopicAnswer[]> {
    const request = metadata.request({
      topics: topics.map(name => ({ name })),
      allowAutoTopicCreation: wanted.createIfMissing ?? false,
    });
    return withRetries(this.#ports, wanted, async () => {
      const answer = await this.#nodes.send(anyNode, metadata, request);
      for (const { errorCode, name } of answer.topics) {
        if (errorCode !== unknownTopicCode) requireSuccess(errorCode, `topic "${name}"`);
      }
      return answer.topics;
    });
  }

  #keep(answer: TopicAnswer): TopicView {
    const name = answer.name!;
    const before = this.#topics.get(name);
    const known = before?.topicId === answer.topicId ? before.partitions : [];
    const partitions: PartitionView[] = [];
    for (const partition of answer.partitions) {
      const { partitionIndex } = partition;
      partitions[partitionIndex] = newerOf(known[partitionIndex], {
        leaderId: partition.leaderId,
        leaderEpoch: partition.leaderEpoch,
        replicas: partition.replicaNodes,
        inSyncReplicas: partition.isrNodes,
      });
    }
    const learntAtMs = this.#ports.clock.monotonic();
    const view = { name, topicId: answer.topicId, isInternal: answer.isInternal, partitions, learntAtMs };
    this.#topics.set(name, view);
    this.#names.set(answer.topicId, name);
    this.onLearnt?.(view);
    return view;
  }

  #partitionCount(topic: string): number {
    return this.#topics.get(topic)?.partitions.length ?? 0;
  }

  #unknownPartition({ topic, partition }: TopicPartition): UsageError {
    return new UsageError(`topic "${topic}" has partitions 0 to ${this.#partitionCount(topic) - 1}, not ${partition}`);
  }

  #unknownTopic(topic: string, listed: readonly TopicView[]): UsageError {
    this.#topics.delete(topic);
    const others = listed.filter(view => !view.isInternal).map(view => view.name);
    const hint = didYouMean(topic, others) || '; this log has no topics yet';
    return new UsageError(`topic "${topic}" does not exist${hint}`, {
      cause: refusal(unknownTopicCode, `topic "${topic}"`),
    });
  }
}

/** A broker that is behind the others may still name the leader of an earlier epoch. */
function newerOf(known: PartitionView | undefined, answered: PartitionView): PartitionView {
  return known !== undefined && known.leaderEpoch > answered.leaderEpoch ? known : answered;
}
