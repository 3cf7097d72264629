/**
 * Why the worker does not do what it was asked for, by whose fault it is; REST makes a status of the kind (not-found 404, already-exists and
 * conflict 409, invalid 400, forbidden 403, unavailable 503).
 */
export type WorkerErrorKind = 'not-found' | 'already-exists' | 'conflict' | 'invalid' | 'forbidden' | 'unavailable';

/** What a worker was asked for and does not do. The message is Kafka Connect's where it has one. */
export class WorkerError extends Error {
  override readonly name = 'WorkerError';
  readonly kind: WorkerErrorKind;

  constructor(kind: WorkerErrorKind, message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.kind = kind;
  }
}
