// How a shell drives the transactions machine:
//
//   const decision = machine.decide(command, now);      changes nothing
//   decision.needsProducerId: draw one, and decide the same command with it
//   append(decision.records);                           if that fails: drop the machine, replay the log into a new one, `reopen`
//   machine.accept(decision);                           at once
//   when all that was appended so far is committed: answer with decision.reply, then perform(decision.effects)
//
// Effects wait for the commit too: a marker must not be in a partition before it is certain how the transaction ends.
// `write-markers` ends with the command `complete-transaction`, however often it has to be tried.

import type { TransactionsCommand, TransactionsReplies } from './transactions-command.js';
import type { TransactionPartitions, TransactionsRecord } from './transactions-record.js';

export interface TransactionsDecision<K extends TransactionsCommand['kind'] = TransactionsCommand['kind']> {
  readonly records: readonly TransactionsRecord[];
  readonly reply: TransactionsReplies[K] | undefined;
  readonly effects: readonly WriteMarkers[];
  /** Nothing is decided yet: the command has to come again with a `newProducerId`. */
  readonly needsProducerId: boolean;
}

export interface WriteMarkers {
  readonly kind: 'write-markers';
  readonly transactionalId: string;
  readonly producerId: number;
  readonly producerEpoch: number;
  readonly commits: boolean;
  readonly partitions: readonly TransactionPartitions[];
}
