// What the clients of a simulated run know for certain: the only thing that invariants may compare the broker with.

export interface Acknowledged {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
  readonly value: string;
}

/** One look at a whole partition, from its start to its high watermark. */
export interface PartitionView {
  readonly topic: string;
  readonly partition: number;
  readonly logStartOffset: number;
  readonly highWatermark: number;
  readonly records: readonly { readonly offset: number; readonly value: string }[];
  /** Of each group the offset it has committed here. */
  readonly committed: ReadonlyMap<string, number | undefined>;
}

export class History {
  readonly acknowledged: Acknowledged[] = [];
  /** Every record that any consumer was ever handed, as `topic-partition` to offset to value. */
  readonly seen = new Map<string, Map<number, string>>();
  readonly highWatermarks = new Map<string, number>();
  readonly logStarts = new Map<string, number>();
  /** The highest offset that anyone has asked to delete up to. */
  readonly deletionsAsked = new Map<string, number>();
  /** Of each `group/topic-partition` the commits in the order they were sent: all may have been written, those acknowledged must have been. */
  readonly commits = new Map<string, { readonly offset: number; isAcknowledged: boolean }[]>();

  sawRecord(topic: string, partition: number, offset: number, value: string): void {
    const key = `${topic}-${partition}`;
    let ofPartition = this.seen.get(key);
    if (ofPartition === undefined) this.seen.set(key, (ofPartition = new Map()));
    ofPartition.set(offset, value);
  }

  /** What is known of a topic ends where it is to be deleted. That may fail: then all that was in it may be there still. */
  topicMayBeGone(topic: string): void {
    const isOf = (key: string): boolean => key.slice(0, key.lastIndexOf('-')) === topic;
    for (const map of [this.seen, this.highWatermarks, this.logStarts]) {
      for (const key of [...map.keys()]) if (isOf(key)) map.delete(key);
    }
    for (const [key, commits] of this.commits) {
      if (key.includes(`/${topic}-`)) for (const commit of commits) commit.isAcknowledged = false;
    }
    for (let at = this.acknowledged.length - 1; at >= 0; at--) {
      if (this.acknowledged[at]!.topic === topic) this.acknowledged.splice(at, 1);
    }
  }

  topicIsGone(topic: string): void {
    for (const key of [...this.deletionsAsked.keys()]) {
      if (key.slice(0, key.lastIndexOf('-')) === topic) this.deletionsAsked.delete(key);
    }
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

/** Looks at one partition against the history; throws InvariantBroken. */
export interface Invariant {
  readonly name: string;
  check(view: PartitionView, history: History): void;
}
