// Produce requests and their answers, over lanes to the leaders. Knows nothing of retries.

import { kafkaErrors } from '../base/kafka-errors.js';
import { produce } from '../protocol/00-produce.js';
import type { RequestOf, ResponseOf } from '../protocol/api.js';
import type { LeaderHint } from './cluster-view.js';
import { LeaderLanes } from './leader-lanes.js';
import type { NodeConnections } from './node-connections.js';
import type { PartitionQueue } from './partition-queue.js';
import type { ProduceLane } from './produce-lane.js';
import type { ProducerSettings } from './producer-settings.js';
import { isTransient, refusal } from './refusal.js';

export interface BatchToSend {
  readonly topic: string;
  readonly partition: number;
  readonly bytes: Uint8Array;
}

export interface BatchAnswer {
  /** 0 is success. */
  readonly code: number;
  readonly error: unknown;
  readonly baseOffset: number;
  readonly logAppendTimeMs: number;
  /** Who leads the partition, where the broker that does not any more knows it. */
  readonly leader?: LeaderHint;
}

/** What all requests of one producer have in common. */
export interface LanesOptions {
  readonly acks: ProducerSettings['acks'];
  readonly deliveryTimeoutMs: number;
  readonly transactionalId: string | null;
  /** Whether the broker may take a batch as the word that its partition belongs to the transaction. */
  readonly addsPartitions: () => boolean;
}

type PartitionAnswer = ResponseOf<typeof produce>['responses'][number]['partitionResponses'][number];

const requestTimeoutMs = 30_000;
/** The newest version in which a batch of a transaction says nothing about its partition (KIP-890). */
const plainVersionMax = 11;
const unacknowledged: BatchAnswer = { code: 0, error: undefined, baseOffset: -1, logAppendTimeMs: -1 };

export class ProduceLanes {
  inFlightCount = 0;
  readonly #nodes: readonly NodeConnections[];
  readonly #options: LanesOptions;
  readonly #lanes = new Map<number, LeaderLanes>();

  /** As many connections to each broker as there are `nodes`. */
  constructor(nodes: readonly NodeConnections[], options: LanesOptions) {
    this.#nodes = nodes;
    this.#options = options;
  }

  /** Where the next batch of the queue may go now, if anywhere. */
  laneFor(leader: number, queue: PartitionQueue): ProduceLane | undefined {
    let lanes = this.#lanes.get(leader);
    if (lanes === undefined) this.#lanes.set(leader, (lanes = new LeaderLanes(leader, this.#nodes)));
    return lanes.laneFor(queue);
  }

  /** `done` gets an answer for each of the batches, in their order, also when the request as a whole failed. The lane counts their bytes already. */
  send(lane: ProduceLane, batches: readonly BatchToSend[], done: (answers: readonly BatchAnswer[]) => void): void {
    const sizeBytes = batches.reduce((sum, { bytes }) => sum + bytes.length, 0);
    this.inFlightCount++;
    lane.requestsInFlight++;
    const landed = (): void => {
      this.inFlightCount--;
      lane.requestsInFlight--;
      lane.bytes -= sizeBytes;
    };
    const options = this.#options.addsPartitions() ? undefined : { versionMax: plainVersionMax };
    lane.nodes.send(lane.leader, produce, this.#request(batches), options).then(
      response => {
        landed();
        done(batches.map(batch => this.#answer(batch, response)));
      },
      error => {
        landed();
        const { code } = isTransient(error) ? kafkaErrors.REQUEST_TIMED_OUT : kafkaErrors.INVALID_REQUEST;
        done(batches.map(() => ({ ...unacknowledged, code, error })));
      },
    );
  }

  #request(batches: readonly BatchToSend[]): RequestOf<typeof produce> {
    const topics = new Map<string, { index: number; records: Uint8Array[] }[]>();
    for (const { topic, partition, bytes } of batches) {
      let partitions = topics.get(topic);
      if (partitions === undefined) topics.set(topic, (partitions = []));
      partitions.push({ index: partition, records: [bytes] });
    }
    const topicData = [...topics].map(([name, partitionData]) => ({ name, partitionData }));
    const { transactionalId, acks, deliveryTimeoutMs } = this.#options;
    return { transactionalId, acks, timeoutMs: Math.min(requestTimeoutMs, deliveryTimeoutMs), topicData };
  }

  #answer(batch: BatchToSend, response: ResponseOf<typeof produce>): BatchAnswer {
    if (this.#options.acks === 0) return unacknowledged;
    const answer = findPartition(batch, response);
    const what = `writing to ${batch.topic}-${batch.partition}`;
    if (answer === undefined) {
      const { code } = kafkaErrors.UNKNOWN_SERVER_ERROR;
      return { ...unacknowledged, code, error: refusal(code, what, 'the answer leaves the partition out') };
    }
    const { errorCode: code, baseOffset, logAppendTimeMs } = answer;
    if (code === 0) return { code, error: undefined, baseOffset, logAppendTimeMs };
    return { ...unacknowledged, code, error: refusal(code, what, messageOf(answer)), leader: answer.currentLeader };
  }
}

function findPartition(batch: BatchToSend, response: ResponseOf<typeof produce>): PartitionAnswer | undefined {
  const topic = response.responses.find(({ name }) => name === batch.topic);
  return topic?.partitionResponses.find(({ index }) => index === batch.partition);
}

function messageOf(answer: PartitionAnswer): string | null {
  const record = answer.recordErrors[0];
  if (record === undefined || record.batchIndexErrorMessage === null) return answer.errorMessage;
  return `record ${record.batchIndex} of the batch: ${record.batchIndexErrorMessage}`;
}
