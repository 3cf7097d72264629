// Writes the markers that end a transaction into its partitions. A partition that is gone needs none; one whose producer or coordinator has
// been fenced meanwhile has been taken care of by whoever did that.

import { ProtocolError } from '../base/errors.js';
import { type KafkaErrorName, kafkaErrors } from '../base/kafka-errors.js';
import type { Ports } from '../ports/ports.js';
import { writeEndTransactionMarker } from '../records/end-transaction-marker.js';
import type { TransactionPartitions } from '../transactions/transactions-record.js';
import { errorCode, noError } from './error-code.js';
import type { GroupCoordinator } from './group-coordinator.js';
import { internalTopics } from './internal-topics.js';
import type { MachineMarker } from './machine-log.js';
import type { TopicTable } from './topic-table.js';

export interface MarkerResult {
  readonly topic: string;
  readonly partition: number;
  readonly errorCode: number;
}

const settling: readonly KafkaErrorName[] = [
  'UNKNOWN_TOPIC_OR_PARTITION',
  'INVALID_PRODUCER_EPOCH',
  'TRANSACTION_COORDINATOR_FENCED',
];
const settlingCodes: ReadonlySet<number> = new Set([noError, ...settling.map(name => kafkaErrors[name].code)]);

/** No other attempt would change anything. */
export function isSettled(result: MarkerResult): boolean {
  return settlingCodes.has(result.errorCode);
}

export class TransactionMarkers {
  readonly #ports: Ports;
  readonly #topics: TopicTable;
  readonly #groups: GroupCoordinator;

  constructor(ports: Ports, topics: TopicTable, groups: GroupCoordinator) {
    this.#ports = ports;
    this.#topics = topics;
    this.#groups = groups;
  }

  /** Resolves when each marker is committed, or is known not to be. */
  write(marker: MachineMarker, partitions: readonly TransactionPartitions[]): Promise<MarkerResult[]> {
    const places = partitions.flatMap(({ topic, partitionIds }) =>
      partitionIds.map(partition => ({ topic, partition })),
    );
    return Promise.all(
      places.map(async ({ topic, partition }) => {
        try {
          await (topic === internalTopics.consumerOffsets
            ? this.#writeToGroups(marker, partition)
            : this.#writeToLog(marker, topic, partition));
          return { topic, partition, errorCode: noError };
        } catch (error) {
          return { topic, partition, errorCode: errorCode(error) };
        }
      }),
    );
  }

  async #writeToLog(marker: MachineMarker, topic: string, index: number): Promise<void> {
    const { log, leaderEpoch } = this.#topics.require(topic, index);
    const now = this.#ports.clock.now();
    const batch = writeEndTransactionMarker(this.#ports.compression, marker, now);
    const { lastOffset } = log.append(batch, { leaderEpoch, now, origin: 'coordinator' });
    await log.flushed(lastOffset + 1);
  }

  /** Which also makes the offsets of the transaction count, or forgets them. */
  async #writeToGroups(marker: MachineMarker, index: number): Promise<void> {
    const shard = this.#groups.shards()[index];
    if (shard === undefined) throw new ProtocolError('UNKNOWN_TOPIC_OR_PARTITION');
    await shard.run({ ...marker, kind: 'end-transaction' });
  }
}
