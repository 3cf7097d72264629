import { patientCall } from './patient-call.js';
import { type RedisConnection, redisError } from './redis-connection.js';
import { listOfReply, textOfReply } from './reply-text.js';

/**
 * Goes through the keys of a pattern. Every key that is there from begin to end is found, some perhaps twice. The cursor goes on over
 * connections, but not over a restart of the server: then the scan begins anew.
 */
export class KeyScan {
  readonly #connection: RedisConnection;
  readonly #pattern: string;
  readonly #count: number;
  cursor = '0';
  server = '';
  isDone = false;

  constructor(connection: RedisConnection, pattern: string, count: number) {
    this.#connection = connection;
    this.#pattern = pattern;
    this.#count = count;
  }

  /** Goes on where an earlier scan was, if the server is the same still. */
  async begin(stored: { readonly cursor?: unknown; readonly server?: unknown } = {}): Promise<void> {
    this.server = await runId(this.#connection);
    const goesOn = stored.server === this.server && typeof stored.cursor === 'string';
    this.cursor = goesOn ? String(stored.cursor) : '0';
    this.isDone = false;
  }

  /** The next keys, each once; undefined when the signal aborted. */
  async next(signal: AbortSignal): Promise<readonly Buffer[] | undefined> {
    const server = await runId(this.#connection);
    if (server !== this.server) await this.begin();
    const command = ['SCAN', this.cursor, 'MATCH', this.#pattern, 'COUNT', this.#count] as const;
    const reply = await patientCall(this.#connection, signal, command);
    if (reply === undefined) return undefined;
    const [cursor, keys] = listOfReply(reply);
    this.cursor = textOfReply(cursor!);
    this.isDone = this.cursor === '0';
    const found = new Map(listOfReply(keys).map(key => [(key as Buffer).toString('latin1'), key as Buffer]));
    return [...found.values()];
  }
}

async function runId(connection: RedisConnection): Promise<string> {
  try {
    const client = await connection.client();
    const text = String(await client.call('INFO', 'server'));
    return /run_id:(\w+)/.exec(text)?.[1] ?? '';
  } catch (error) {
    throw redisError(error, 'INFO of Redis');
  }
}
