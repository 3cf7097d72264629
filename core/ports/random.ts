/** Randomness, forked by label so that one more draw in one place does not change what another place draws. */
export interface Random {
  /** A whole number in [0, bound). */
  below(bound: number): number;
  /** A number in [0, 1). */
  fraction(): number;
  bytes(count: number): Uint8Array;
  fork(label: string): Random;
}
