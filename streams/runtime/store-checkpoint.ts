// The note beside a store's table: how far the table has followed its changelog. It counts only for the very topic that it was written for.

export interface StoreCheckpoint {
  readonly topicId: string;
  /** The next changelog record that the table does not hold. */
  readonly offset: number;
  /** Wall clock. */
  readonly writtenAtMs?: number;
}

export function encodeCheckpoint(checkpoint: StoreCheckpoint): string {
  return JSON.stringify(checkpoint);
}

export function decodeCheckpoint(text: string | undefined): StoreCheckpoint | undefined {
  return text === undefined ? undefined : (JSON.parse(text) as StoreCheckpoint);
}
