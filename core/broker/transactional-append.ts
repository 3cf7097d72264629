// Lets a transactional batch into a partition only while its transaction is open and has the partition in it, so that no batch can come
// behind the marker and stay undecided for ever (KIP-890). Asked once for each partition of a transaction: from then on the log knows
// that it is open there. Newer clients do not add partitions themselves; their first batch does.

import { ProtocolError } from '../base/errors.js';
import { batchHeaderBytes, isTransactional, producerEpoch, producerId } from '../records/batch-header.js';
import type { BrokerNode } from './broker-node.js';
import type { Partition } from './partition.js';

export interface TransactionalOrigin {
  readonly transactionalId: string | null;
  readonly apiVersion: number;
}

const addsFromVersion = 12;
/** Older clients do not know the error that lets them abort and go on. */
const abortableFromVersion = 11;

/** Throws when the batch may not be appended. A promise: it may be once that has resolved. */
export function admitTransaction(
  node: BrokerNode,
  { log }: Partition,
  batch: Uint8Array,
  { transactionalId, apiVersion }: TransactionalOrigin,
): Promise<void> | undefined {
  if (batch.length < batchHeaderBytes || !isTransactional(batch, 0)) return undefined;
  if (transactionalId === null) {
    throw new ProtocolError('INVALID_REQUEST', 'a transactional batch in a request without a transactional id');
  }
  const producer = { producerId: producerId(batch, 0), producerEpoch: producerEpoch(batch, 0) };
  if (log.producers.hasOpenTransaction(producer.producerId, producer.producerEpoch)) return undefined;
  const { topic, partition } = log;
  const question = { transactionalId, ...producer, topic, partition };
  const requireOpen = () => node.transactions.requireOpen(question);
  const refuse = (error: unknown): never => {
    throw forProducer(error, apiVersion);
  };
  // What was added may have timed out before that was on disk.
  if (apiVersion >= addsFromVersion) return node.transactions.add(question).then(requireOpen).catch(refuse);
  try {
    requireOpen();
    return undefined;
  } catch (error) {
    return refuse(error);
  }
}

/** The same refusal in the terms that clients expect of Produce. */
function forProducer(error: unknown, apiVersion: number): unknown {
  if (!(error instanceof ProtocolError)) return error;
  if (error.kind === 'PRODUCER_FENCED')
    return new ProtocolError('INVALID_PRODUCER_EPOCH', 'a newer producer has begun');
  const isAbortable = error.kind === 'INVALID_TXN_STATE' && apiVersion >= abortableFromVersion;
  return isAbortable ? new ProtocolError('TRANSACTION_ABORTABLE', 'the transaction is not open, or not here') : error;
}
