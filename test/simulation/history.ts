// What the clients of a simulated run know for certain: the only thing that invariants may compare the broker with.

import { LedgerHistory, type LedgerView } from './ledger.js';
import type { SimulatedTopic } from './schedule.js';

export interface Acknowledged {
  readonly offset: number;
  readonly value: string;
}

/** One look at a whole partition, from its start to its high watermark. */
export interface PartitionView {
  readonly topic: string;
  readonly topicId: string;
  readonly partition: number;
  readonly logStartOffset: number;
  readonly highWatermark: number;
  readonly records: readonly { readonly offset: number; readonly value: string }[];
  /** Of each group the offset it has committed here. */
  readonly committed: ReadonlyMap<string, number | undefined>;
  /** Of the topic that only transactions write to. */
  readonly ledger: LedgerView | undefined;
}

export interface Commit {
  readonly offset: number;
  isAcknowledged: boolean;
}

/** What is known of one partition of one topic id. */
export class PartitionHistory {
  readonly acknowledged: Acknowledged[] = [];
  /** Every record that any consumer was ever handed, by offset. */
  readonly seen = new Map<number, string>();
  /** Offsets that members of the group `readers` were handed. */
  readonly readByGroup = new Set<number>();
  /** The highest that any client was told of. */
  highWatermark = 0;
  logStartOffset = 0;
  /** The highest that the log start ever was. */
  logStartMax = 0;
  /** The highest offset that anyone has asked to delete up to. */
  deletionAsked = 0;
  /** Of each group its commits in the order they were sent: all may have been written, those acknowledged must have been. */
  readonly commits = new Map<string, Commit[]>();

  sawRecord(offset: number, value: string): void {
    this.seen.set(offset, value);
  }

  sendsCommit(group: string, offset: number): Commit {
    const commit = { offset, isAcknowledged: false };
    const commits = this.commits.get(group);
    if (commits === undefined) this.commits.set(group, [commit]);
    else commits.push(commit);
    return commit;
  }
}

export class TopicHistory {
  readonly name: string;
  /** Of the incarnation that is spoken of; undefined until it was created. */
  topicId: string | undefined;
  /** Its deletion was asked for, so that another incarnation may take its place. */
  isDeletionAsked = false;
  partitions: readonly PartitionHistory[];
  /** Older records may go as long as so many bytes stay. */
  readonly retentionBytes: number | undefined;
  private readonly partitionCount: number;

  constructor({ name, partitionCount, configs }: SimulatedTopic) {
    this.name = name;
    this.partitionCount = partitionCount;
    const retentionBytes = configs['retention.bytes'];
    this.retentionBytes = retentionBytes === undefined ? undefined : Number(retentionBytes);
    this.partitions = this.newPartitions();
  }

  /** A topic of that id is there now. Its predecessor, if its deletion was asked for, takes what was known of it along. */
  is(topicId: string): void {
    if (topicId === this.topicId) return;
    if (this.topicId !== undefined && !this.isDeletionAsked) return;
    this.topicId = topicId;
    this.isDeletionAsked = false;
    this.partitions = this.newPartitions();
  }

  private newPartitions(): readonly PartitionHistory[] {
    return Array.from({ length: this.partitionCount }, () => new PartitionHistory());
  }
}

export class History {
  readonly topics: ReadonlyMap<string, TopicHistory>;
  readonly ledger = new LedgerHistory();
  acknowledgedCount = 0;
  readCount = 0;

  constructor(topics: readonly SimulatedTopic[]) {
    this.topics = new Map(topics.map(topic => [topic.name, new TopicHistory(topic)]));
  }

  /** The one file that says where logs start is damaged: what was deleted within a segment may be there again. */
  forgetLogStarts(): void {
    for (const { partitions } of this.topics.values()) for (const each of partitions) each.logStartOffset = 0;
  }

  of(topic: string, partition: number): PartitionHistory {
    return this.topics.get(topic)!.partitions[partition]!;
  }
}

/** An invariant that did not hold: what it says, and what was seen instead. */
export class InvariantBroken extends Error {
  override readonly name = 'InvariantBroken';
  readonly invariant: string;

  constructor(invariant: string, message: string) {
    super(`${invariant}: ${message}`);
    this.invariant = invariant;
  }
}

/** Looks at one partition against what is known of it; throws InvariantBroken. */
export interface Invariant {
  readonly name: string;
  check(view: PartitionView, history: PartitionHistory, topic: TopicHistory): void;
}
