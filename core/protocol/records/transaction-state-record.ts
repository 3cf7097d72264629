// The records of `__transaction_state`, as Kafka writes them: one of a transactional id holds all that its coordinator knows of it,
// and a null value forgets it. Read by `kafka-dump-log --transaction-log-decoder`.

import { ProtocolError } from '../../base/errors.js';
import { MessageReader } from '../message-reader.js';
import { MessageWriter } from '../message-writer.js';
import { transactionLogKey, transactionLogValue } from './transaction-state-schemas.js';

/** By Kafka's number of it. */
const states = [
  'empty',
  'ongoing',
  'prepare-commit',
  'prepare-abort',
  'complete-commit',
  'complete-abort',
  'dead',
  'prepare-epoch-fence',
] as const;

export interface TransactionState {
  readonly kind: 'transaction-state';
  readonly transactionalId: string;
  readonly producerId: number;
  /** The one of the transaction before; -1: none, or the same. */
  readonly previousProducerId: number;
  /** Handed out when the epochs of the present one ran out (KIP-890); -1: none. */
  readonly nextProducerId: number;
  readonly producerEpoch: number;
  readonly nextProducerEpoch: number;
  readonly timeoutMs: number;
  readonly state: (typeof states)[number];
  /** Without those whose markers are written. */
  readonly partitions: readonly { readonly topic: string; readonly partitions: readonly number[] }[];
  readonly lastUpdateTimestamp: number;
  /** -1 while there is no transaction. */
  readonly startTimestamp: number;
  /** 2: the client has an epoch for each transaction (KIP-890). */
  readonly clientTransactionVersion: number;
}

export type TransactionStateRecord =
  | TransactionState
  | { readonly kind: 'transactional-id-tombstone'; readonly transactionalId: string };

const keyVersion = 0;
const valueVersion = 1;

export function encodeTransactionStateRecord(record: TransactionStateRecord): {
  key: Uint8Array;
  value: Uint8Array | null;
} {
  const key = new MessageWriter();
  key.int16(keyVersion);
  transactionLogKey.write({ transactionalId: record.transactionalId }, 0, key);
  return { key: key.finish(), value: record.kind === 'transaction-state' ? encodeState(record) : null };
}

/** undefined: a kind of record that Millrace does not know. Throws ProtocolError for a malformed one. */
export function decodeTransactionStateRecord(
  key: Uint8Array,
  value: Uint8Array | null,
): TransactionStateRecord | undefined {
  const reader = new MessageReader(key, 'key of __transaction_state');
  if (reader.int16() !== keyVersion) return undefined;
  const { transactionalId } = transactionLogKey.read(keyVersion, reader);
  reader.requireEnd();
  return value === null ? { kind: 'transactional-id-tombstone', transactionalId } : decodeState(transactionalId, value);
}

function encodeState(record: TransactionState): Uint8Array {
  const { timeoutMs, state, partitions, lastUpdateTimestamp, startTimestamp } = record;
  const out = new MessageWriter();
  out.int16(valueVersion);
  const message = transactionLogValue({
    ...record,
    transactionTimeoutMs: timeoutMs,
    transactionStatus: states.indexOf(state),
    // As Kafka: null where there is no transaction.
    transactionPartitions:
      state === 'empty' ? null : partitions.map(each => ({ topic: each.topic, partitionIds: each.partitions })),
    transactionLastUpdateTimestampMs: lastUpdateTimestamp,
    transactionStartTimestampMs: startTimestamp,
  });
  transactionLogValue.write(message, valueVersion, out);
  return out.finish();
}

function decodeState(transactionalId: string, value: Uint8Array): TransactionState {
  const reader = new MessageReader(value, transactionLogValue.title);
  const version = reader.int16();
  if (version < 0 || version > valueVersion) {
    throw new ProtocolError('UNSUPPORTED_VERSION', `${transactionLogValue.title} v${version}`);
  }
  const message = transactionLogValue.read(version, reader);
  reader.requireEnd();
  const state = states[message.transactionStatus];
  if (state === undefined) throw reader.malformed(`a transaction in state ${message.transactionStatus}`);
  const { producerId, previousProducerId, nextProducerId, producerEpoch, nextProducerEpoch } = message;
  return {
    kind: 'transaction-state',
    transactionalId,
    producerId,
    previousProducerId,
    nextProducerId,
    producerEpoch,
    nextProducerEpoch,
    timeoutMs: message.transactionTimeoutMs,
    state,
    partitions: (message.transactionPartitions ?? []).map(({ topic, partitionIds: partitions }) => ({
      topic,
      partitions,
    })),
    lastUpdateTimestamp: message.transactionLastUpdateTimestampMs,
    startTimestamp: message.transactionStartTimestampMs,
    clientTransactionVersion: message.clientTransactionVersion,
  };
}
