/** Where a partition has to be looked up before it can be fetched. */
export type PositionSource = 'committed' | 'policy' | 'start' | 'end';

/**
 * A partition assigned to a consumer.
 * Invariant: position <= fetchOffset; what lies between was fetched and is in the buffer.
 */
export class PartitionState {
  readonly topic: string;
  readonly partition: number;
  /** Of the next record that a poll returns; -1 while `source` says where to look it up. */
  position = -1;
  /** Of the next record to fetch. */
  fetchOffset = -1;
  /** Leader epochs of the batches before `position` and before `fetchOffset`; -1 when not known. Truncation shows by them (KIP-320). */
  positionEpoch = -1;
  fetchEpoch = -1;
  /** Of the leader at which `fetchOffset` is known to be sound; -1 when it is to be asked about. */
  leaderEpoch = -1;
  isValidating = false;
  source: PositionSource | undefined;
  isPaused = false;
  highWatermark = -1;
  /** Fetched and not yet handed out whole. */
  bufferedCount = 0;
  /** On the monotonic clock: no fetch before. */
  retryAtMs = 0;
  attempts = 0;
  /** Goes up with every jump, so that what was fetched before it is known to be stale. */
  version = 0;

  constructor(topic: string, partition: number, source: PositionSource) {
    this.topic = topic;
    this.partition = partition;
    this.source = source;
  }

  get isFetchable(): boolean {
    return this.source === undefined && !this.isPaused && !this.isValidating && this.bufferedCount === 0;
  }

  /** `epoch`: of the record before, as far as it is known. */
  jumpTo(offset: number, epoch = -1): void {
    this.position = offset;
    this.fetchOffset = offset;
    this.source = undefined;
    this.#jumped(epoch);
  }

  lookUp(source: PositionSource): void {
    this.position = -1;
    this.fetchOffset = -1;
    this.source = source;
    this.#jumped(-1);
  }

  #jumped(epoch: number): void {
    this.positionEpoch = epoch;
    this.fetchEpoch = epoch;
    this.leaderEpoch = -1;
    this.version++;
    this.bufferedCount = 0;
    this.retryAtMs = 0;
    this.attempts = 0;
  }
}
