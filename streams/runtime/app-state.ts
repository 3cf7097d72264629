import type { ProcessingFailure } from '../operators/processing-failure.js';

/** Where an app is in its life. */
export type AppState =
  | { readonly kind: 'starting' }
  /** Waits for the group to assign partitions. */
  | { readonly kind: 'rebalancing' }
  | { readonly kind: 'restoring'; readonly restoredRecords: number; readonly totalRecords: number }
  | { readonly kind: 'running' }
  /** The input is complete; what is left of it is being processed. */
  | { readonly kind: 'finishing' }
  | { readonly kind: 'closing' }
  | { readonly kind: 'closed' }
  | { readonly kind: 'error'; readonly error: Error | ProcessingFailure };
