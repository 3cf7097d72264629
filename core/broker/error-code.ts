import { ProtocolError, WorldFault } from '../base/errors.js';
import { kafkaErrors } from '../base/kafka-errors.js';

/** The code 0: no error. */
export const noError = 0;

/** What the client is told. A fault of the disk is a storage error; anything else is our bug and thrown on. */
export function errorCode(error: unknown): number {
  if (error instanceof ProtocolError) return error.code;
  if (error instanceof WorldFault) return kafkaErrors.KAFKA_STORAGE_ERROR.code;
  throw error;
}

export function errorMessage(error: unknown): string | null {
  return error instanceof Error ? error.message : null;
}
