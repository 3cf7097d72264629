// One look at all partitions of a Fetch, in the order of the request: whole batches below the high watermark, until the bytes asked for
// are reached. The first batch of the whole answer may be larger than every limit, or a consumer could never get past it.
// Readers of committed records get what is below the last stable offset, and are told which transactions in it were aborted.
// What lies in memory is read at once and handed on by reference; from the first cold partition on the pass goes on as a promise.

import { ProtocolError } from '../base/errors.js';
import type { PartitionLog } from '../log/partition-log.js';
import { fetch } from '../protocol/01-fetch.js';
import type { RequestOf, ResponseOf } from '../protocol/api.js';
import { batchSizeBytes, lastOffset } from '../records/batch-header.js';
import type { BrokerNode } from './broker-node.js';
import { errorCode, noError } from './error-code.js';
import { isReadCommitted, type Partition, requireLeaderEpoch, visibleEnd } from './partition.js';

type Request = RequestOf<typeof fetch>;
type RequestedPartition = Request['topics'][number]['partitions'][number];
type TopicResponse = ResponseOf<typeof fetch>['responses'][number];
type PartitionResponse = TopicResponse['partitions'][number];

/** From this version on the request names topics by id only. */
const topicIdsFromVersion = 13;

interface Target {
  readonly requested: RequestedPartition;
  readonly responses: PartitionResponse[];
  readonly partition: Partition | undefined;
  readonly error: unknown;
}

const blank: PartitionResponse = {
  ...fetch.response({ responses: [{ partitions: [{}] }] }).responses[0]!.partitions[0]!,
  highWatermark: -1,
  abortedTransactions: null,
};

export class FetchPass {
  readonly responses: TopicResponse[] = [];
  /** Those that were found, to wait for. */
  readonly partitions: Partition[] = [];
  sizeBytes = 0;
  hasError = false;
  readonly #targets: Target[] = [];
  readonly #maxBytes: number;
  readonly #isolationLevel: number;
  #next = 0;

  constructor(node: BrokerNode, request: Request, apiVersion: number) {
    this.#isolationLevel = request.isolationLevel;
    this.#maxBytes = Math.min(request.maxBytes, node.config.fetchMaxBytes);
    for (const { topic, topicId, partitions } of request.topics) {
      const isById = apiVersion >= topicIdsFromVersion;
      const name = isById ? (node.topics.findById(topicId)?.name ?? '') : topic;
      const responses: PartitionResponse[] = [];
      this.responses.push({ topic: name, topicId, partitions: responses });
      for (const requested of partitions) this.#aim(node, { isById, name, topicId, requested, responses });
    }
  }

  isEnough(minBytes: number): boolean {
    return this.hasError || this.sizeBytes >= minBytes;
  }

  run(): this | Promise<this> {
    while (this.#next < this.#targets.length) {
      const target = this.#targets[this.#next++]!;
      const cold = this.#answer(target);
      if (cold !== undefined) return cold.then(() => this.run());
    }
    return this;
  }

  #aim(
    node: BrokerNode,
    at: {
      isById: boolean;
      name: string;
      topicId: string;
      requested: RequestedPartition;
      responses: PartitionResponse[];
    },
  ): void {
    const { requested, responses } = at;
    try {
      const partition = at.isById
        ? node.topics.requireById(at.topicId, requested.partition)
        : node.topics.require(at.name, requested.partition);
      this.partitions.push(partition);
      this.#targets.push({ requested, responses, partition, error: undefined });
    } catch (error) {
      this.#targets.push({ requested, responses, partition: undefined, error });
    }
  }

  #answer(target: Target): Promise<void> | undefined {
    try {
      if (target.partition === undefined) throw target.error;
      return this.#read(target, target.partition);
    } catch (error) {
      this.#fail(target, error);
      return undefined;
    }
  }

  #read(target: Target, partition: Partition): Promise<void> | undefined {
    const { requested } = target;
    const { log } = partition;
    requireLeaderEpoch(partition, requested.currentLeaderEpoch);
    const from = requested.fetchOffset;
    if (from < log.logStartOffset || from > log.logEndOffset) throw outOfRange(from, partition);
    log.expectReader(from);
    const limit = Math.min(requested.partitionMaxBytes, this.#maxBytes - this.sizeBytes);
    const end = visibleEnd(log, this.#isolationLevel);
    if (from >= end || (limit <= 0 && this.sizeBytes > 0)) {
      this.#take(target, partition, [], limit);
      return undefined;
    }
    if (log.isHot(from)) {
      this.#take(target, partition, log.read(from, Math.max(limit, 0), end), limit);
      return undefined;
    }
    return log.readAsync(from, Math.max(limit, 0), end).then(
      batches => this.#take(target, partition, batches, limit),
      error => this.#fail(target, error),
    );
  }

  #take(target: Target, partition: Partition, batches: readonly Uint8Array[], limit: number): void {
    let sizeBytes = 0;
    for (const batch of batches) sizeBytes += batch.length;
    // The log returns at least one batch; beyond the limit only the first of the whole answer may go.
    const isKept = this.sizeBytes === 0 || sizeBytes <= limit;
    if (isKept) this.sizeBytes += sizeBytes;
    const { log } = partition;
    target.responses.push({
      ...blank,
      partitionIndex: target.requested.partition,
      errorCode: noError,
      highWatermark: log.highWatermark,
      lastStableOffset: log.lastStableOffset,
      logStartOffset: log.logStartOffset,
      abortedTransactions: this.#abortedIn(log, target.requested.fetchOffset, isKept ? batches : []),
      records: isKept ? batches : [],
    });
  }

  #abortedIn(
    log: PartitionLog,
    fromOffset: number,
    batches: readonly Uint8Array[],
  ): PartitionResponse['abortedTransactions'] {
    if (!isReadCommitted(this.#isolationLevel)) return null;
    const last = batches.at(-1);
    if (last === undefined) return [];
    const aborted = log.abortedTransactions(fromOffset, log.lastStableOffset);
    if (aborted.length === 0) return [];
    const end = endOffsetOf(last);
    return aborted
      .filter(each => each.firstOffset < end)
      .map(({ producerId, firstOffset }) => ({ producerId, firstOffset }));
  }

  #fail(target: Target, error: unknown): void {
    this.hasError = true;
    target.responses.push({ ...blank, partitionIndex: target.requested.partition, errorCode: errorCode(error) });
  }
}

function outOfRange(offset: number, { log }: Partition): ProtocolError {
  const range = `[${log.logStartOffset}, ${log.logEndOffset}]`;
  return new ProtocolError('OFFSET_OUT_OF_RANGE', `${log.topic}-${log.partition} holds ${range}, not ${offset}`);
}

/** Behind the last of these whole batches. */
function endOffsetOf(batches: Uint8Array): number {
  let last = 0;
  for (let at = 0; at < batches.length; at += batchSizeBytes(batches, at)) last = at;
  return lastOffset(batches, last) + 1;
}
