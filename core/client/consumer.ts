import { AssertionFailure } from '../base/errors.js';
import type { Ports } from '../ports/ports.js';
import type {
  CommittedOffset,
  ConsumerOptions,
  OffsetAtTime,
  OffsetToCommit,
  PartitionOffset,
  PollOptions,
  RebalanceListener,
} from './consumer-options.js';
import type { ConsumerRecord, FetchedBatches } from './consumer-record.js';
import type { Place } from './place.js';
import type { Topic, TopicPartition } from './topic.js';

export class Consumer<K = string, V = string> implements AsyncDisposable, AsyncIterable<ConsumerRecord<K, V>> {
  readonly ports: Ports;
  readonly place: Place;
  readonly options: ConsumerOptions<K, V>;

  constructor(ports: Ports, place: Place, options: ConsumerOptions<K, V> = {}) {
    this.ports = ports;
    this.place = place;
    this.options = options;
  }

  /** Joins the group for these topics with the next poll. Without a groupId all their partitions are assigned. */
  subscribe(_topics: readonly (string | Topic<K, V>)[], _listener?: RebalanceListener): void {
    throw notBuilt();
  }

  /** Takes exactly these partitions; no group membership, though a groupId still allows commits. */
  assign(_partitions: readonly TopicPartition[]): void {
    throw notBuilt();
  }

  assignment(): readonly TopicPartition[] {
    throw notBuilt();
  }

  seek(_partition: TopicPartition, _to: number | 'start' | 'end'): void {
    throw notBuilt();
  }

  /** The offset of the next record that a poll returns; looks it up when it is not known yet. */
  position(_partition: TopicPartition): Promise<number> {
    throw notBuilt();
  }

  pause(_partitions: readonly TopicPartition[]): void {
    throw notBuilt();
  }

  resume(_partitions: readonly TopicPartition[]): void {
    throw notBuilt();
  }

  pollBatches(_options?: PollOptions): Promise<readonly FetchedBatches[]> {
    throw notBuilt();
  }

  poll(_options?: PollOptions): Promise<readonly ConsumerRecord<K, V>[]> {
    throw notBuilt();
  }

  [Symbol.asyncIterator](): AsyncIterator<ConsumerRecord<K, V>> {
    throw notBuilt();
  }

  /** Without offsets: the positions of all assigned partitions. */
  commit(_offsets?: readonly OffsetToCommit[]): Promise<void> {
    throw notBuilt();
  }

  /** In the order asked; undefined where nothing was committed. */
  committed(_partitions: readonly TopicPartition[]): Promise<readonly (CommittedOffset | undefined)[]> {
    throw notBuilt();
  }

  beginningOffsets(_partitions: readonly TopicPartition[]): Promise<readonly PartitionOffset[]> {
    throw notBuilt();
  }

  endOffsets(_partitions: readonly TopicPartition[]): Promise<readonly PartitionOffset[]> {
    throw notBuilt();
  }

  /** The first record at or after the time, undefined where there is none. */
  offsetsForTimes(
    _partitions: readonly TopicPartition[],
    _timeMs: number,
  ): Promise<readonly (OffsetAtTime | undefined)[]> {
    throw notBuilt();
  }

  /** Leaves the group (a static member stays), ends iterators, closes. */
  close(): Promise<void> {
    throw notBuilt();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}

function notBuilt(): AssertionFailure {
  return new AssertionFailure('the consumer is not built yet');
}
