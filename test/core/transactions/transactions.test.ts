// The transactions machine by itself: what the requests of one transactional id lead to.

import test from 'ava';
import { kafkaErrorName } from '../../../core/base/kafka-errors.js';
import type {
  InitProducerIdCommand,
  ProducerIdReply,
  TransactionsCommand,
} from '../../../core/transactions/transactions-command.js';
import type { TransactionsDecision } from '../../../core/transactions/transactions-decision.js';
import { TransactionsMachine } from '../../../core/transactions/transactions-machine.js';
import type { TransactionRecord } from '../../../core/transactions/transactions-record.js';

const transactionalId = 'copier';
const nothingExpected = { expectedProducerId: -1, expectedProducerEpoch: -1 };

/** A shell that writes nothing and marks everything when it is told to. */
class Shell {
  nowMs = 0;
  readonly machine = new TransactionsMachine();
  private nextProducerId = 100;
  private prepared: TransactionsDecision['effects'] = [];

  /** The reply, with the error by its name. */
  send(command: TransactionsCommand): string {
    let decision: TransactionsDecision = this.machine.decide(command, this.nowMs);
    if (decision.needsProducerId) {
      const again = { ...command, newProducerId: this.nextProducerId++ } as TransactionsCommand;
      decision = this.machine.decide(again, this.nowMs);
    }
    this.machine.accept(decision);
    this.prepared = [...this.prepared, ...decision.effects];
    const reply = decision.reply as Partial<ProducerIdReply> | undefined;
    if (reply?.errorCode) return kafkaErrorName(reply.errorCode);
    return reply?.producerId === undefined ? 'done' : `${reply.producerId}/${reply.producerEpoch}`;
  }

  init(expected: Partial<InitProducerIdCommand> = {}): string {
    const options = { transactionalId, timeoutMs: 10_000, newProducerId: undefined };
    return this.send({ kind: 'init-producer-id', ...options, ...nothingExpected, ...expected });
  }

  add(producer: string, topic = 'flights', partition = 0): string {
    const partitions = [{ topic, partitionIds: [partition] }];
    return this.send({ kind: 'add-partitions', ...named(producer), partitions, clientTransactionVersion: 2 });
  }

  end(producer: string, commits: boolean, clientTransactionVersion = 2): string {
    const options = { commits, clientTransactionVersion, newProducerId: undefined };
    return this.send({ kind: 'end-transaction', ...named(producer), ...options });
  }

  /** The markers are written. */
  complete(): string {
    const marked = this.prepared.map(
      each => `${each.commits ? 'commit' : 'abort'} ${each.producerId}/${each.producerEpoch}`,
    );
    for (const { producerId, producerEpoch } of this.prepared) {
      this.send({ kind: 'complete-transaction', transactionalId, producerId, producerEpoch });
    }
    this.prepared = [];
    return marked.join(', ');
  }

  get state(): string {
    const asked = { kind: 'describe-transactions', transactionalIds: [transactionalId] } as const;
    const { reply } = this.machine.decide(asked, this.nowMs);
    return reply!.transactionStates[0]!.transactionState;
  }
}

function named(producer: string) {
  const [producerId, producerEpoch] = producer.split('/').map(Number) as [number, number];
  return { transactionalId, producerId, producerEpoch };
}

test('each initialisation takes the next epoch, and a repeated one the same', t => {
  const shell = new Shell();
  t.is(shell.init(), '100/0');
  t.is(shell.init(), '100/1');
  t.is(shell.init({ expectedProducerId: 100, expectedProducerEpoch: 1 }), '100/2');
  t.is(shell.init({ expectedProducerId: 100, expectedProducerEpoch: 1 }), '100/2', 'again, as no answer came');
  t.is(shell.init({ expectedProducerId: 100, expectedProducerEpoch: 0 }), 'PRODUCER_FENCED');
  t.is(shell.init({ expectedProducerId: 7, expectedProducerEpoch: 0 }), 'PRODUCER_FENCED');
  t.is(shell.add('100/1'), 'PRODUCER_FENCED');
  t.is(shell.add('7/2'), 'INVALID_PRODUCER_ID_MAPPING');
  t.is(shell.add('100/2'), 'done');
});

test('an open transaction is aborted at an epoch of its own before its id changes hands', t => {
  const shell = new Shell();
  shell.init();
  t.is(shell.add('100/0'), 'done');
  t.is(
    shell.init({ expectedProducerId: 100, expectedProducerEpoch: 5 }),
    'PRODUCER_FENCED',
    'a stranger aborts nothing',
  );
  t.is(shell.state, 'Ongoing');
  t.is(shell.init(), 'CONCURRENT_TRANSACTIONS');
  t.is(shell.init(), 'CONCURRENT_TRANSACTIONS');
  t.is(shell.complete(), 'abort 100/1');
  t.is(shell.init(), '100/2');
  t.is(shell.state, 'Empty');
});

test('with an epoch for each transaction an end names the next one, and a repeated end is known by it', t => {
  const shell = new Shell();
  shell.init();
  t.is(shell.end('100/0', true), 'INVALID_TXN_STATE', 'nothing to commit');
  shell.add('100/0');
  t.is(shell.end('100/0', true), '100/1');
  t.is(shell.end('100/0', true), 'CONCURRENT_TRANSACTIONS');
  t.is(shell.end('100/0', false), 'INVALID_TXN_STATE');
  t.is(shell.add('100/1'), 'CONCURRENT_TRANSACTIONS');
  t.is(shell.complete(), 'commit 100/1');
  t.is(shell.end('100/0', true), '100/1');
  t.is(shell.end('100/0', false), 'INVALID_TXN_STATE');
  t.is(shell.end('100/1', false), '100/2', 'what may have been begun is aborted');
  t.is(shell.complete(), 'abort 100/2');
  t.is(shell.end('100/0', true), 'PRODUCER_FENCED', 'too old to be a repetition');
});

test('a client of before keeps its epoch, and must have begun something to end it', t => {
  const shell = new Shell();
  shell.init();
  t.is(shell.end('100/0', false, 0), 'INVALID_TXN_STATE');
  shell.add('100/0');
  t.is(shell.end('100/0', true, 0), '100/0');
  t.is(shell.complete(), 'commit 100/0');
  t.is(shell.end('100/0', true, 0), '100/0');
  shell.add('100/0');
  t.is(shell.end('100/0', false, 0), '100/0');
});

test('when its epochs are used up a producer goes on with another id', t => {
  const shell = new Shell();
  shell.init();
  const { machine } = shell;
  const used = (producerEpoch: number, state: TransactionRecord['state']): TransactionRecord => ({
    kind: 'transaction',
    transactionalId,
    producerId: 100,
    previousProducerId: -1,
    nextProducerId: -1,
    producerEpoch,
    lastProducerEpoch: -1,
    timeoutMs: 1_000,
    state,
    partitions: [],
    lastUpdateMs: 0,
    startMs: 0,
    clientTransactionVersion: 2,
  });
  machine.apply(used(32_765, 'Empty'));
  t.is(shell.init(), '100/32766');
  t.is(shell.add('100/32766'), 'done');
  t.is(shell.end('100/32766', true), '101/0');
  t.is(shell.complete(), 'commit 100/32767', 'the last epoch is for the marker');
  t.is(shell.end('100/32766', true), '101/0', 'again');
  t.is(shell.add('101/0'), 'done');
  machine.apply(used(32_766, 'Empty'));
  const expected = { expectedProducerId: 100, expectedProducerEpoch: 32_766 };
  const renewed = shell.init(expected);
  t.is(renewed, '102/0');
  t.is(shell.init(expected), renewed, 'again');
  machine.apply(used(32_766, 'Ongoing'));
  t.is(shell.init(), 'CONCURRENT_TRANSACTIONS');
  t.is(shell.complete(), 'abort 100/32767');
  t.regex(shell.init(), /^\d+\/0$/);
});

test('what takes too long is aborted, and what nobody uses is forgotten', t => {
  const shell = new Shell();
  shell.init();
  shell.add('100/0');
  shell.nowMs = 10_000;
  shell.send({ kind: 'abort-timed-out' });
  t.is(shell.state, 'Ongoing');
  shell.nowMs = 10_001;
  shell.send({ kind: 'abort-timed-out' });
  t.is(shell.state, 'PrepareAbort');
  shell.nowMs += 8 * 24 * 3_600_000;
  shell.send({ kind: 'expire-transactional-ids' });
  t.is(shell.state, 'PrepareAbort', 'not before its markers are written');
  t.is(shell.complete(), 'abort 100/1');
  t.is(shell.end('100/0', false), '100/1', 'its producer learns its epoch from the abort that it asks for');
  shell.nowMs += 7 * 24 * 3_600_000;
  shell.send({ kind: 'expire-transactional-ids' });
  t.is(shell.state, '');
  t.is(shell.add('100/1'), 'INVALID_PRODUCER_ID_MAPPING');
  t.is(shell.init(), '101/0');
});

test('prepared transactions are prepared still for whoever opens the log again', t => {
  const shell = new Shell();
  shell.init();
  shell.add('100/0', 'flights', 1);
  shell.add('100/0', 'airports');
  shell.end('100/0', true);
  const { effects } = shell.machine.decide({ kind: 'reopen' }, 0);
  t.like(effects, [
    {
      commits: true,
      producerEpoch: 1,
      partitions: [
        { topic: 'flights', partitionIds: [1] },
        { topic: 'airports', partitionIds: [0] },
      ],
    },
  ]);
});
