// Appends batches. The log checks and stamps them; here is decided who is answered when: acks 1 and -1 alike wait until the records
// are safe by the broker's flush policy, acks 0 waits for nothing. A partition that fails does not keep the others from succeeding.
// The first batch of a transaction in a partition is taken only while the transaction is open (see transactional-append.ts).

import { ProtocolError } from '../../base/errors.js';
import { produce } from '../../protocol/00-produce.js';
import type { RequestOf, ResponseOf } from '../../protocol/api.js';
import { codec, isWholeBatch } from '../../records/batch-header.js';
import { recompressBatch } from '../../records/recompress-batch.js';
import type { BrokerNode } from '../broker-node.js';
import { errorCode, errorMessage, noError } from '../error-code.js';
import { handler } from '../handler.js';
import { isInternalTopic } from '../internal-topics.js';
import type { Partition } from '../partition.js';
import { RefusedRecord } from '../refused-record.js';
import { admitTransaction, type TransactionalOrigin } from '../transactional-append.js';

type Request = RequestOf<typeof produce>;
type PartitionData = Request['topicData'][number]['partitionData'][number];
type PartitionResponse = ResponseOf<typeof produce>['responses'][number]['partitionResponses'][number];

interface Origin extends TransactionalOrigin {
  readonly acks: number;
}

/** Versions 0 to 2 carry message formats of before 2017; they are advertised for old clients that test for them, never served. */
const oldestServedVersion = 3;

const blank: PartitionResponse = {
  index: 0,
  errorCode: noError,
  baseOffset: -1,
  logAppendTimeMs: -1,
  logStartOffset: -1,
  recordErrors: [],
  errorMessage: null,
  currentLeader: { leaderId: -1, leaderEpoch: -1 },
};

export const produceHandler = handler(produce, (node, request, context) => {
  const refusal = refusalOf(request, context.apiVersion);
  const { acks, transactionalId } = request;
  const origin: Origin = { acks, transactionalId, apiVersion: context.apiVersion };
  const waits: Promise<void>[] = [];
  const responses = request.topicData.map(({ name, partitionData }) => {
    const partitionResponses: PartitionResponse[] = [];
    partitionData.forEach((data, at) => {
      const answer = refusal === undefined ? append(node, name, data, origin) : failed(data.index, refusal);
      if (answer instanceof Promise) waits.push(answer.then(response => void (partitionResponses[at] = response)));
      else partitionResponses[at] = answer;
    });
    return { name, partitionResponses };
  });
  if (acks === 0) return produce.response();
  const response = { responses, throttleTimeMs: 0, nodeEndpoints: [] };
  return waits.length === 0 ? response : Promise.all(waits).then(() => response);
});

function refusalOf(request: Request, apiVersion: number): ProtocolError | undefined {
  if (apiVersion < oldestServedVersion) {
    return new ProtocolError('UNSUPPORTED_VERSION', `Produce is served from version ${oldestServedVersion} on`);
  }
  if (request.acks < -1 || request.acks > 1) {
    return new ProtocolError('INVALID_REQUIRED_ACKS', `acks is ${request.acks}, and must be -1, 0 or 1`);
  }
  return undefined;
}

function append(
  node: BrokerNode,
  topic: string,
  data: PartitionData,
  origin: Origin,
): PartitionResponse | Promise<PartitionResponse> {
  try {
    const partition = node.topics.require(topic, data.index);
    const batch = requireBatch(partition, data);
    const admission = admitTransaction(node, partition, batch, origin);
    if (admission === undefined) return appendBatch(node, partition, batch, origin);
    return admission
      .then(() => appendBatch(node, node.topics.require(topic, data.index), batch, origin))
      .catch(error => failed(data.index, error));
  } catch (error) {
    return failed(data.index, error);
  }
}

function requireBatch({ log }: Partition, data: PartitionData): Uint8Array {
  const [batch] = data.records;
  if (batch === undefined || data.records.length > 1) {
    throw new ProtocolError('INVALID_RECORD', `a partition takes one batch a request, not ${data.records.length}`);
  }
  if (isInternalTopic(log.topic)) {
    throw new ProtocolError('INVALID_TOPIC_EXCEPTION', `${log.topic} is written by the broker alone`);
  }
  return batch;
}

function appendBatch(
  node: BrokerNode,
  partition: Partition,
  batch: Uint8Array,
  { acks }: Origin,
): PartitionResponse | Promise<PartitionResponse> {
  const { log, leaderEpoch } = partition;
  if (partition.isCompacted) node.keylessRecords.refuse(log.topic, batch);
  const now = node.ports.clock.now();
  if (partition.timestampBounds !== undefined) {
    node.timestampCheck.refuse(log.topic, batch, partition.timestampBounds, now);
  }
  const stored = inCodec(node, partition, batch);
  const { baseOffset, lastOffset, logAppendTimeMs } = log.append(stored, { leaderEpoch, now, origin: 'client' });
  const index = log.partition;
  const answer = { ...blank, index, baseOffset, logAppendTimeMs, logStartOffset: log.logStartOffset };
  if (acks === 0 || log.highWatermark > lastOffset) return answer;
  return log.flushed(lastOffset + 1).then(
    () => answer,
    error => failed(index, error),
  );
}

/** The batch as the topic wants it kept. What cannot be unpacked is left to the log to refuse. */
function inCodec({ ports }: BrokerNode, { codec: wanted }: Partition, batch: Uint8Array): Uint8Array {
  if (wanted === undefined || !isWholeBatch(batch, 0, batch.length) || codec(batch, 0) === wanted) return batch;
  return recompressBatch(batch, 0, wanted, ports.compression);
}

function failed(index: number, error: unknown): PartitionResponse {
  const recordErrors =
    error instanceof RefusedRecord
      ? [{ batchIndex: error.recordIndex, batchIndexErrorMessage: error.message }]
      : blank.recordErrors;
  return { ...blank, index, errorCode: errorCode(error), errorMessage: errorMessage(error), recordErrors };
}
