import fc from 'fast-check';
import { transactionStateCodec } from '../../../core/broker/machine-record-codecs.js';
import type { ProducerIdReply, TransactionsCommand } from '../../../core/transactions/transactions-command.js';
import type { TransactionsDecision } from '../../../core/transactions/transactions-decision.js';
import { TransactionsMachine } from '../../../core/transactions/transactions-machine.js';
import type { TransactionsRecord } from '../../../core/transactions/transactions-record.js';
import type { Decision, Pilot, PureMachine, Question, Subject } from '../pure-machine-subject.js';

type Machine = PureMachine<TransactionsCommand, TransactionsRecord>;

const ids = ['copier', 'counter'] as const;

const operation = fc.record({
  kind: fc.oneof(
    { weight: 3, arbitrary: fc.constantFrom('init-producer-id', 'end-transaction') },
    { weight: 4, arbitrary: fc.constantFrom('add-partitions', 'complete-transaction') },
    { weight: 1, arbitrary: fc.constantFrom('abort-timed-out', 'expire-transactional-ids', 'describe-transactions') },
  ),
  id: fc.constantFrom(...ids),
  topic: fc.constantFrom('flights', 'airports'),
  partition: fc.nat({ max: 3 }),
  commits: fc.boolean(),
  bumpsEpoch: fc.boolean(),
  expects: fc.boolean(),
  isWrong: fc.nat({ max: 9 }).map(n => n === 0),
  passesMs: fc.nat({ max: 9_000 }),
});

type Operation = typeof operation extends fc.Arbitrary<infer O> ? O : never;

interface Owner {
  readonly producerId: number;
  readonly producerEpoch: number;
}

class TransactionsPilot implements Pilot<TransactionsCommand, TransactionsRecord, Operation> {
  nowMs = 1_000_000;
  private nextProducerId = 1000;
  private readonly owners = new Map<string, Owner>();
  private readonly prepared = new Map<string, Owner>();

  command(operation: Operation): TransactionsCommand {
    const { kind, id: transactionalId, topic, partition, commits } = operation;
    this.nowMs += operation.passesMs;
    const owner = this.owners.get(transactionalId) ?? { producerId: -1, producerEpoch: -1 };
    const producer = { ...owner, producerEpoch: owner.producerEpoch + (operation.isWrong ? 1 : 0) };
    const clientTransactionVersion = operation.bumpsEpoch ? 2 : 0;
    const newProducerId = this.nextProducerId++;
    switch (kind) {
      case 'init-producer-id': {
        const expected = operation.expects ? producer : { producerId: -1, producerEpoch: -1 };
        const { producerId: expectedProducerId, producerEpoch: expectedProducerEpoch } = expected;
        const timeoutMs = operation.isWrong ? 0 : 20_000;
        return { kind, transactionalId, timeoutMs, expectedProducerId, expectedProducerEpoch, newProducerId };
      }
      case 'add-partitions':
        return {
          kind,
          transactionalId,
          ...producer,
          partitions: [{ topic, partitionIds: [partition] }],
          clientTransactionVersion,
        };
      case 'end-transaction':
        return { kind, transactionalId, ...producer, commits, clientTransactionVersion, newProducerId };
      case 'complete-transaction':
        return { kind, transactionalId, ...(this.prepared.get(transactionalId) ?? owner) };
      case 'describe-transactions':
        return { kind, transactionalIds: [transactionalId, 'nobody'] };
      case 'expire-transactional-ids':
        if (operation.isWrong) this.nowMs += 8 * 24 * 3_600_000;
        return { kind };
      default:
        return { kind };
    }
  }

  retry(command: TransactionsCommand): TransactionsCommand {
    return command;
  }

  learn(command: TransactionsCommand, { reply, effects }: Decision<TransactionsRecord>): void {
    for (const { transactionalId, producerId, producerEpoch } of effects as TransactionsDecision['effects']) {
      this.prepared.set(transactionalId, { producerId, producerEpoch });
    }
    if (command.kind !== 'init-producer-id' && command.kind !== 'end-transaction') return;
    const { errorCode, ...owner } = reply as ProducerIdReply;
    if (errorCode === 0) this.owners.set(command.transactionalId, owner);
  }
}

function questions(live: Machine): Question<TransactionsCommand, TransactionsRecord>[] {
  const laterMs = 1_000_000_000_000;
  const filters = { stateFilters: [], producerIdFilters: [], durationFilterMs: -1, matches: undefined };
  const known = { kind: 'describe-transactions', transactionalIds: ids } as const;
  const reply = live.decide(known, 0).reply as { transactionStates: readonly (Owner & { transactionalId: string })[] };
  const ofProducers = reply.transactionStates.flatMap(({ transactionalId, producerId, producerEpoch }) => {
    const producer = { transactionalId, producerId, producerEpoch };
    return [
      question({ kind: 'end-transaction', ...producer, commits: true, clientTransactionVersion: 0, newProducerId: 1 }),
      question({
        kind: 'end-transaction',
        ...producer,
        producerEpoch: producerEpoch - 1,
        commits: false,
        clientTransactionVersion: 2,
        newProducerId: 1,
      }),
      question({ kind: 'add-partitions', ...producer, partitions: [], clientTransactionVersion: 0 }),
      question({ kind: 'complete-transaction', ...producer }),
      question({
        kind: 'init-producer-id',
        transactionalId,
        timeoutMs: 1_000,
        expectedProducerId: -1,
        expectedProducerEpoch: -1,
        newProducerId: 1,
      }),
    ];
  });
  return [
    question(known),
    question({ kind: 'list-transactions', ...filters }),
    question({ kind: 'reopen' }),
    question({ kind: 'abort-timed-out' }, laterMs),
    question({ kind: 'expire-transactional-ids' }, laterMs),
    ...ofProducers,
  ];
}

function question(command: TransactionsCommand, nowMs = 0): Question<TransactionsCommand, TransactionsRecord> {
  return {
    about: JSON.stringify(command),
    ask(machine) {
      const { reply, records, effects } = machine.decide(command, nowMs);
      // The epoch before is no part of the log.
      return { reply, effects, records: records.map(record => ({ ...record, lastProducerEpoch: -1 })) };
    },
  };
}

export const transactionsSubject: Subject<TransactionsCommand, TransactionsRecord, Operation> = {
  operation,
  create: () => new TransactionsMachine(),
  pilot: () => new TransactionsPilot(),
  throughBytes(record) {
    const { key, value } = transactionStateCodec.encode(record);
    return transactionStateCodec.decode(key, value, undefined)!;
  },
  questions,
};
