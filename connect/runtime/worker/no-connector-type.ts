import type { ConfigText } from './worker-answers.js';
import { WorkerError } from './worker-error.js';

/** Kafka Connect's words. Of the configuration, which may hold secrets, only the name is quoted. */
export function noConnectorType({ name }: ConfigText): WorkerError {
  const shown = name === undefined || name === null ? '' : `name=${name}`;
  return new WorkerError('invalid', `Connector config {${shown}} contains no connector type`);
}
