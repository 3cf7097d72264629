// All transactions of one `__transaction_state` partition: who owns a transactional id, which partitions its open transaction has written
// to, how it ended. transactions-decision.ts says how a shell drives it.
// It knows no logs and no markers: it says which are to be written, and is told when they are.

import { unreachable } from '../base/assert.js';
import { addPartitions, refuseAppend } from './add-partitions.js';
import { completeTransaction } from './complete-transaction.js';
import { describeTransaction, listTransactions } from './describe-transactions.js';
import { endTransaction } from './end-transaction.js';
import { fencedAbort, initProducerId } from './init-producer-id.js';
import { isPrepared } from './transaction-state.js';
import { markersOf, nothing } from './transaction-turn.js';
import type { AppendQuestion, AppendRefusal, TransactionsCommand } from './transactions-command.js';
import { defaultTransactionsConfig, type TransactionsConfig } from './transactions-config.js';
import type { TransactionsDecision } from './transactions-decision.js';
import type { TransactionRecord, TransactionsRecord } from './transactions-record.js';

export class TransactionsMachine {
  private readonly config: TransactionsConfig;
  private readonly transactions = new Map<string, TransactionRecord>();

  constructor(config: Partial<TransactionsConfig> = {}) {
    this.config = { ...defaultTransactionsConfig, ...config };
  }

  /** Changes nothing. */
  decide<C extends TransactionsCommand>(command: C, nowMs: number): TransactionsDecision<C['kind']> {
    return this.decideAny(command, nowMs);
  }

  /** Takes a decision over, as soon as its records are appended. */
  accept(decision: TransactionsDecision): void {
    for (const record of decision.records) this.apply(record);
  }

  /** One record of the log. */
  apply(record: TransactionsRecord): void {
    if (record.kind === 'transaction') this.transactions.set(record.transactionalId, record);
    else this.transactions.delete(record.transactionalId);
  }

  /** Whether a batch may be appended to a partition in the name of a transaction (KIP-890). */
  refuseAppend(question: AppendQuestion): AppendRefusal {
    return refuseAppend(this.transactions.get(question.transactionalId), question);
  }

  private decideAny(command: TransactionsCommand, nowMs: number): TransactionsDecision {
    switch (command.kind) {
      case 'init-producer-id':
        return initProducerId(this.transactions.get(command.transactionalId), command, this.config, nowMs);
      case 'add-partitions':
        return addPartitions(this.transactions.get(command.transactionalId), command, nowMs);
      case 'end-transaction':
        return endTransaction(this.transactions.get(command.transactionalId), command, nowMs);
      case 'complete-transaction':
        return completeTransaction(this.transactions.get(command.transactionalId), command, nowMs);
      case 'abort-timed-out':
        return this.abortTimedOut(nowMs);
      case 'expire-transactional-ids':
        return { ...nothing, records: this.expired(nowMs) };
      case 'reopen':
        return {
          ...nothing,
          effects: [...this.transactions.values()].filter(each => isPrepared(each.state)).map(markersOf),
        };
      case 'describe-transactions': {
        const { transactionalIds } = command;
        const transactionStates = transactionalIds.map(id => describeTransaction(id, this.transactions.get(id)));
        return { ...nothing, reply: { transactionStates } };
      }
      case 'list-transactions':
        return { ...nothing, reply: listTransactions(this.transactions.values(), command, nowMs) };
      default:
        return unreachable(command);
    }
  }

  private abortTimedOut(nowMs: number): TransactionsDecision {
    const timedOut = [...this.transactions.values()].filter(
      ({ state, startMs, timeoutMs }) => state === 'Ongoing' && nowMs - startMs > timeoutMs,
    );
    const aborts = timedOut.map(transaction => fencedAbort(transaction, nowMs));
    return {
      ...nothing,
      records: aborts.flatMap(abort => abort.records),
      effects: aborts.flatMap(abort => abort.effects),
    };
  }

  private expired(nowMs: number): TransactionsRecord[] {
    const isIdle = ({ state, lastUpdateMs }: TransactionRecord): boolean =>
      state !== 'Ongoing' && !isPrepared(state) && nowMs - lastUpdateMs >= this.config.transactionalIdExpirationMs;
    return [...this.transactions.values()]
      .filter(isIdle)
      .map(({ transactionalId }) => ({ kind: 'transaction-tombstone', transactionalId }));
  }
}
