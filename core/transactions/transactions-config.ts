/** What a broker sets for all of its transactions. Names and defaults are Kafka's. */
export interface TransactionsConfig {
  /** The longest timeout that a producer may ask for. */
  readonly maxTimeoutMs: number;
  /** How long a transactional id is remembered that nobody uses. */
  readonly transactionalIdExpirationMs: number;
}

export const defaultTransactionsConfig: TransactionsConfig = {
  maxTimeoutMs: 15 * 60_000,
  transactionalIdExpirationMs: 7 * 24 * 3_600_000,
};
