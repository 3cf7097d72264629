import { DataError, RetriableError } from '../../connect/api/index.js';
import { redisError } from './redis-connection.js';

/** What no other record would be spared: rights, commands that the server does not know or let scripts use. */
const ofAllRecords =
  /^NO(PERM|AUTH)\b|unknown (redis )?command|can't run this command|not allowed from script|^EXECABORT/i;

/** What would hit any record: the task fails, and is restarted as such tasks are. */
export class Refused extends Error {
  override readonly name = 'Refused';
}

/** What it means that Redis refuses a command: it passes, it hits every record, or (DataError) it is for what this one holds or where it goes. */
export function refusal(message: string, { name, key }: { readonly name: string; readonly key?: string }): Error {
  // Servers before 7 tell a script where in it something failed.
  const plain = message.replace(/^@user_script:\s*\d+:\s*-?/, '');
  const told = redisError(Object.assign(new Error(plain), { name: 'ReplyError' }), 'writing to Redis');
  if (told instanceof RetriableError) return told;
  if (ofAllRecords.test(plain)) return new Refused(told.message);
  const where = key === undefined ? '' : ` to the key "${key}"`;
  return new DataError(`Redis refuses ${name.toUpperCase()}${where}: ${plain}`);
}
