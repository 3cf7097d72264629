import { WorkerError, type WorkerErrorKind } from '../runtime/worker/worker-error.js';
import type { Answer } from './endpoint.js';
import { HttpFault } from './http-fault.js';

const statuses: Readonly<Record<WorkerErrorKind, number>> = {
  'not-found': 404,
  'already-exists': 409,
  conflict: 409,
  invalid: 400,
  forbidden: 403,
  unavailable: 503,
};

/** What went wrong, as Kafka Connect says it: `{"error_code": 404, "message": "Connector c not found"}`. */
export function errorAnswer(error: unknown): Answer {
  if (error instanceof HttpFault) return answer(error.status, error.message, error.headers);
  if (error instanceof WorkerError) return answer(statuses[error.kind], error.message);
  if (error instanceof Error && error.name === 'UsageError') return answer(400, error.message);
  return answer(500, error instanceof Error ? error.message : String(error));
}

export function isNotFound(error: unknown): boolean {
  return error instanceof WorkerError && error.kind === 'not-found';
}

function answer(status: number, message: string, headers: Readonly<Record<string, string>> = {}): Answer {
  return { status, body: { error_code: status, message }, headers };
}
