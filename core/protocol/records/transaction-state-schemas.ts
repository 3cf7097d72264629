import { array, int8, int16, int32, int64, string } from '../field.js';
import { neverFlexible, schema } from '../schema.js';

// Kafka's keys and values of `__transaction_state`.

export const transactionLogKey = schema(
  { title: 'TransactionLogKey', versions: [0, 0], flexibleFrom: neverFlexible },
  { transactionalId: string('0') },
);

export const transactionLogValue = schema(
  { title: 'TransactionLogValue', versions: [0, 1], flexibleFrom: 1 },
  {
    producerId: int64('0+'),
    previousProducerId: int64('1+', { default: -1, tag: 0, ignorable: true }),
    nextProducerId: int64('1+', { default: -1, tag: 1, ignorable: true }),
    producerEpoch: int16('0+'),
    nextProducerEpoch: int16('1+', { default: -1, tag: 3, ignorable: true }),
    transactionTimeoutMs: int32('0+'),
    transactionStatus: int8('0+'),
    transactionPartitions: array('0+', { topic: string('0+'), partitionIds: array('0+', 'int32') }, { nullable: '0+' }),
    transactionLastUpdateTimestampMs: int64('0+'),
    transactionStartTimestampMs: int64('0+'),
    clientTransactionVersion: int16('1+', { tag: 2, ignorable: true }),
  },
);
