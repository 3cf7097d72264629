import type { Reply } from './patient-call.js';
import { type RedisConnection, redisError } from './redis-connection.js';

/** One command that is answered at once. Throws RetriableError while Redis is away. */
export async function redisCall(
  connection: RedisConnection,
  [name, ...args]: readonly [string, ...(string | number)[]],
): Promise<Reply> {
  try {
    const client = await connection.client();
    return (await client.callBuffer(name, args)) as Reply;
  } catch (error) {
    throw redisError(error, `${name} of Redis`);
  }
}
