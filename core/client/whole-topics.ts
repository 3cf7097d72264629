// Every partition of some topics, outside of any group: those that there are, and those that are added.

import type { Clock } from '../ports/clock.js';
import type { TopicView } from './cluster-view.js';
import type { ConsumerSettings } from './consumer-settings.js';
import type { GroupWay } from './group-session.js';
import type { GroupNews } from './place.js';
import type { TopicPartition } from './topic.js';

export interface TopicsWay extends Pick<GroupWay, 'cluster' | 'assignment' | 'reassigned' | 'wake' | 'trouble'> {
  /** Of a broker in this process. */
  readonly news: GroupNews | undefined;
}

export class WholeTopics {
  areKnown = false;
  readonly #clock: Clock;
  readonly #lookIntervalMs: number;
  readonly #way: TopicsWay;
  readonly #topics: readonly string[];
  /** What a look has found, until a poll takes it. */
  #found: readonly TopicPartition[] | undefined;
  #isLooking = false;
  #lookAtMs = 0;
  /** Of a broker in this process, at the last look. */
  #topicsVersion: number | undefined;

  constructor(clock: Clock, settings: ConsumerSettings, way: TopicsWay, topics: readonly string[]) {
    this.#clock = clock;
    this.#lookIntervalMs = settings.metadataMaxAgeMs;
    this.#way = way;
    this.#topics = topics;
  }

  /** Assigns what there is. Rejects when one of the topics does not exist. */
  async find(): Promise<void> {
    const { assignment } = this.#way;
    assignment.replace(await this.#ask(), 'policy');
    this.areKnown = true;
  }

  /** Takes what was added, and looks for more now and then. */
  advance(): void {
    const { assignment, reassigned } = this.#way;
    const found = this.#found;
    this.#found = undefined;
    if (found !== undefined) {
      // They began while their topic was being read: nothing of them is to be missed.
      assignment.replace(found, 'start');
      reassigned();
    }
    if (this.areKnown && !this.#isLooking && this.#mayHaveChanged()) void this.#look();
  }

  /** False where a poll would find something. Only asked beside a broker in this process. */
  rests(): boolean {
    return this.#found === undefined && !this.#mayHaveChanged();
  }

  #mayHaveChanged(): boolean {
    const version = this.#way.news?.topicsVersion;
    return version === undefined ? this.#clock.monotonic() >= this.#lookAtMs : version !== this.#topicsVersion;
  }

  async #look(): Promise<void> {
    const { assignment, wake } = this.#way;
    this.#isLooking = true;
    try {
      const found = await this.#ask();
      if (!isSame(found, assignment.partitions)) this.#found = found;
    } catch {
      // Whoever reads is told of brokers that are away, and of a topic that is gone, by the fetch.
    }
    this.#isLooking = false;
    if (this.#found !== undefined) wake();
  }

  async #ask(): Promise<readonly TopicPartition[]> {
    const { cluster, news, trouble } = this.#way;
    this.#lookAtMs = this.#clock.monotonic() + this.#lookIntervalMs;
    this.#topicsVersion = news?.topicsVersion;
    return partitionsOf(await cluster.refresh(this.#topics, trouble.bout));
  }
}

function partitionsOf(views: readonly TopicView[]): readonly TopicPartition[] {
  return views.flatMap(({ name, partitions }) => partitions.map((_, partition) => ({ topic: name, partition })));
}

function isSame(some: readonly TopicPartition[], others: readonly TopicPartition[]): boolean {
  const names = new Set(others.map(({ topic, partition }) => `${topic}-${partition}`));
  return some.length === others.length && some.every(({ topic, partition }) => names.has(`${topic}-${partition}`));
}
