// The topic that only transactions write to, and what is known for certain of them.

export const ledger = 'ledger';
export const ledgerPartitionCount = 2;
/** Commits its offsets in the transactions. */
export const ledgerGroup = 'ledger-readers';

export interface LedgerTransaction {
  readonly values: { readonly partition: number; readonly value: string }[];
  /** `unknown`: its commit was asked for, and there was no answer. `never`: it was not, or was refused. */
  outcome: 'never' | 'unknown' | 'committed';
}

/** What happened to transactions, so that a test can say that it did. */
export const ledgerEvents = [
  'committed',
  'aborted',
  'commit without an answer',
  'left open',
  'fenced',
  'fenced producer refused',
  'read by a reader of committed records',
] as const;
export type LedgerEvent = (typeof ledgerEvents)[number];

export class LedgerHistory {
  readonly transactions: LedgerTransaction[] = [];
  /** What producers have sent after they were fenced. */
  readonly fencedValues = new Set<string>();
  /** What readers of committed records were ever handed. */
  readonly readCommitted = new Set<string>();
  /** The highest that was ever seen, by partition. */
  readonly lastStableOffsets = Array.from({ length: ledgerPartitionCount }, () => 0);
  readonly counts = new Map<LedgerEvent, number>(ledgerEvents.map(event => [event, 0]));

  begins(): LedgerTransaction {
    const transaction: LedgerTransaction = { values: [], outcome: 'never' };
    this.transactions.push(transaction);
    return transaction;
  }

  count(event: LedgerEvent, by = 1): void {
    this.counts.set(event, this.counts.get(event)! + by);
  }

  /** How those ended that nobody had an answer of, as far as a look at all partitions tells. */
  settle({ partitions }: LedgerView): void {
    for (const transaction of this.transactions) {
      if (transaction.outcome !== 'unknown') continue;
      const [first] = transaction.values;
      const isThere = partitions[first!.partition]!.committed.some(({ value }) => value === first!.value);
      transaction.outcome = isThere ? 'committed' : 'never';
    }
  }
}

/** A look at all partitions of the topic, when every transaction has come to its end. */
export interface LedgerView {
  readonly history: LedgerHistory;
  readonly partitions: readonly {
    readonly lastStableOffset: number;
    /** What a reader of committed records is handed. */
    readonly committed: readonly { readonly offset: number; readonly value: string }[];
  }[];
}
