/** Epochs are 16-bit numbers; the last one is kept for the fencing of the one before it. */
const epochMax = 0x7fff;

/** No transaction may begin with a higher epoch than this: a new producer id takes over. */
export function isEpochExhausted(epoch: number): boolean {
  return epoch >= epochMax - 1;
}

/** The epoch that shuts out whoever has `epoch`. */
export function fencingEpoch(epoch: number): number {
  return Math.min(epoch + 1, epochMax);
}
