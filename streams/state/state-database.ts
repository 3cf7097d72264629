import type { OrderedTable } from './ordered-table.js';

/** What one application instance keeps on disk: the tables of its stores, and small notes beside them (checkpoints). */
export interface StateDatabase {
  /** Not to be called inside a transaction. */
  table(name: string): OrderedTable;
  /** Removes all rows of a table, and the note of its name. */
  clear(name: string): Promise<void>;
  note(name: string): string | undefined;
  /** Goes into the open transaction. */
  writeNote(name: string, text: string): void;
  /** All that `write` writes, over as many turns of the event loop as it takes, becomes visible and durable at once or not at all. */
  transaction(write: () => Promise<void>): Promise<void>;
  close(): Promise<void>;
}
