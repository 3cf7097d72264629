// What it means that no connection is made. A task that was never let in has a slip in its configuration: it is told at once, with what to do. Who was let in
// before asks again: passwords are changed, databases renamed and brought back. A server that is away, starts up or is full is asked again in any case.

import { ConfigError, RetriableError } from '../../connect/api/index.js';
import { connectorError } from './database-error.js';

const doing = 'connecting to the database';

export function connectingError(error: unknown, wasAdmitted: boolean): Error {
  const { code, message, errors } = error as { code?: unknown; message: string; errors?: readonly Error[] };
  const what = whatToDo(typeof code === 'string' ? code : '', message);
  if (what !== undefined) {
    const said = `${doing}: ${message}${typeof code === 'string' ? ` [${code}]` : ''}`;
    return wasAdmitted
      ? new RetriableError(said, { cause: error })
      : new ConfigError(`${said}: ${what}`, { cause: error });
  }
  // A name with several addresses: what went wrong at each of them.
  const all = message === '' ? (errors ?? []).map(each => each.message).join(', ') : undefined;
  return connectorError(all === undefined ? error : { message: all, code }, doing);
}

function whatToDo(code: string, message: string): string | undefined {
  if (code === '28P01' || /password must be a/.test(message)) {
    return 'mend connection.user and connection.password (or the user and password in connection.url), then restart the task';
  }
  if (code === '28000' && /no encryption|SSL off/.test(message)) {
    return 'the server may let this user in by an encrypted connection only: set connection.ssl=require';
  }
  if (code === '28000') return 'mend connection.user, or let that user in (its LOGIN right, pg_hba.conf of the server)';
  if (code === '3D000') return 'create it, or mend connection.database (or the name behind the / in connection.url)';
  if (code === '42501') return 'GRANT CONNECT ON DATABASE to the user, or take another in connection.user';
  if (/does not support SSL/.test(message)) return 'set connection.ssl=disable (and no sslmode in connection.url)';
  if (/CERT|SELF_SIGNED|UNABLE_TO_VERIFY|UNABLE_TO_GET_ISSUER/.test(code)) {
    return 'mend the certificate of the server, make its issuer known by NODE_EXTRA_CA_CERTS, or set connection.ssl=require, which does not check it';
  }
  return undefined;
}
