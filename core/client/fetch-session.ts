// A fetch session with one broker (KIP-227): once the broker grants one, a request names only the partitions whose position changed
// and those that are no longer wanted. A broker that keeps no sessions answers with id 0, and every request is whole.

import type { fetch } from '../protocol/01-fetch.js';
import type { RequestOf } from '../protocol/api.js';
import { groupBy } from './group-by.js';
import type { PartitionState } from './partition-state.js';

type FetchRequest = RequestOf<typeof fetch>;

interface Sent {
  readonly topic: string;
  readonly topicId: string;
  readonly partition: number;
  readonly fetchOffset: number;
  readonly leaderEpoch: number;
}

/** Epochs go on at 1: 0 asks for a new session. */
const epochMax = 0x7fffffff;

export class FetchSession {
  #id = 0;
  #epoch = 0;
  /** What the broker has in the session. */
  #sent = new Map<string, Sent>();

  /** The fields of the next request for exactly these partitions. */
  next(
    states: readonly PartitionState[],
    topicIdOf: (topic: string) => string,
    partitionMaxBytes: number,
  ): Pick<FetchRequest, 'sessionId' | 'sessionEpoch'> & {
    topics: { topic: string; topicId: string; partitions: object[] }[];
    forgottenTopicsData: { topic: string; topicId: string; partitions: number[] }[];
  } {
    const before = this.#epoch === 0 ? new Map<string, Sent>() : this.#sent;
    const wanted = new Map<string, Sent>();
    for (const { topic, partition, fetchOffset, leaderEpoch } of states) {
      wanted.set(`${topic}-${partition}`, { topic, topicId: topicIdOf(topic), partition, fetchOffset, leaderEpoch });
    }
    const changed = [...wanted].filter(([key, sent]) => !isSame(before.get(key), sent)).map(([, sent]) => sent);
    const forgotten = [...before]
      .filter(([key, sent]) => wanted.get(key)?.topicId !== sent.topicId)
      .map(([, sent]) => sent);
    this.#sent = wanted;
    return {
      sessionId: this.#id,
      sessionEpoch: this.#epoch,
      topics: byTopic(changed, ({ partition, fetchOffset, leaderEpoch: currentLeaderEpoch }) => ({
        partition,
        fetchOffset,
        currentLeaderEpoch,
        partitionMaxBytes,
      })),
      forgottenTopicsData: byTopic(forgotten, ({ partition }) => partition),
    };
  }

  answered(sessionId: number): void {
    this.#epoch = sessionId === 0 ? 0 : this.#epoch === epochMax ? 1 : this.#epoch + 1;
    this.#id = sessionId;
  }

  /** The broker has no such session any more. */
  forget(): void {
    this.#id = 0;
    this.#epoch = 0;
  }

  /** It is not known what the broker has: the next request closes the session, if there is one, and asks for a new one. */
  restart(): void {
    this.#epoch = 0;
  }
}

function isSame(a: Sent | undefined, b: Sent): boolean {
  return (
    a !== undefined && a.fetchOffset === b.fetchOffset && a.leaderEpoch === b.leaderEpoch && a.topicId === b.topicId
  );
}

function byTopic<T>(
  all: readonly Sent[],
  what: (sent: Sent) => T,
): { topic: string; topicId: string; partitions: T[] }[] {
  return [...groupBy(all, ({ topicId, topic }) => topicId + topic).values()].map(group => ({
    topic: group[0]!.topic,
    topicId: group[0]!.topicId,
    partitions: group.map(what),
  }));
}
