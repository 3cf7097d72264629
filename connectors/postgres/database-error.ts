// What a failure of the database means for the records that were on their way: try the same again, give up one record, or stop.
// By SQLSTATE class where the server answered, by the system's code where it did not.

import { ConfigError, DataError, RetriableError } from '../../connect/api/index.js';

/** The connector itself refuses to go on as it is, such as a task that another one has taken the place of. */
export class Refusal extends Error {
  override readonly name = 'Refusal';
}

export type Outcome = 'away' | 'bad-data' | 'refused';

/**
 * Serialization, deadlock, lock not available, too many connections, disk full, out of memory, shutting down, starting up, a standby that is not yet
 * the primary, what the server ended because it took too long.
 */
const passing = /^(08|40|53|57|58)|^55P03$|^25006$|^25P0[34]$/;
/** Values that do not fit: one row twice in a statement, data exceptions, violated constraints, a type that cannot be cast, a null in a cast. */
const data = /^(21|22|23)|^42804$|^42846$/;

export function outcomeOf(error: unknown): Outcome {
  if (error instanceof Refusal || error instanceof ConfigError) return 'refused';
  if (error instanceof DataError) return 'bad-data';
  const code = (error as { code?: unknown } | null)?.code;
  if (typeof code !== 'string') return 'away'; // the driver’s own: connection ended, timed out
  if (/^[0-9A-Z]{5}$/.test(code)) return passing.test(code) ? 'away' : data.test(code) ? 'bad-data' : 'refused';
  return 'away'; // ECONNREFUSED and the like
}

/** No such table, column or schema, no right to read it, an operator or a value that its columns do not have any more: others may be in order. */
const ofOneTable = /^(22|3F)|^42(P01|703|501|809|804|883|846)$/;

export function isOfOneTable(error: unknown): boolean {
  const code = (error as { code?: unknown } | null)?.code;
  return typeof code === 'string' && ofOneTable.test(code);
}

/** The error that the runtime understands, with what the server said. */
export function connectorError(error: unknown, doing: string): Error {
  if ([DataError, RetriableError, Refusal, ConfigError].some(kind => error instanceof kind)) return error as Error;
  const { message, detail, code } = error as { message?: string; detail?: string; code?: string };
  const said = `${doing}: ${message ?? String(error)}${detail === undefined ? '' : ` (${detail})`}${code === undefined ? '' : ` [${code}]`}`;
  switch (outcomeOf(error)) {
    case 'away':
      return new RetriableError(said, { cause: error });
    case 'bad-data':
      return new DataError(said, { cause: error });
    case 'refused':
      return new Error(said, { cause: error });
  }
}
