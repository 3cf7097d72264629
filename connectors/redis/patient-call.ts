import type { RedisConnection } from './redis-connection.js';
import { redisError } from './redis-connection.js';

export type Reply = Buffer | number | null | readonly Reply[];

/**
 * One command whose answer may be long in coming. When the signal aborts meanwhile, undefined at once, and the connection is given up: what Redis has
 * handed out on it is pending there. Throws RetriableError while Redis is away.
 */
export async function patientCall(
  connection: RedisConnection,
  signal: AbortSignal,
  [name, ...args]: readonly [string, ...(string | number)[]],
): Promise<Reply | undefined> {
  if (signal.aborted) return undefined;
  const asked = connection.client().then(client => client.callBuffer(name, args) as Promise<Reply>);
  asked.catch(() => undefined);
  let onAbort: () => void = () => undefined;
  const aborted = new Promise<undefined>(resolve => {
    onAbort = () => resolve(undefined);
    signal.addEventListener('abort', onAbort, { once: true });
  });
  try {
    const reply = await Promise.race([asked, aborted]);
    if (signal.aborted) connection.abandon();
    return reply;
  } catch (error) {
    if (signal.aborted) return undefined;
    throw redisError(error, `${name} of Redis`);
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}
