// One connection, made when it is first needed and again after it was lost. Whoever uses it sees by `generation` that it is another one: what
// was known of the old one's transactions is uncertain then.

import type { Socket } from 'node:net';
import type { Client as PgClient, QueryResult } from 'pg';
import { type Logger, RetriableError } from '../../connect/api/index.js';
import { connectingError } from './connecting-error.js';
import type { ConnectionConfig } from './connection-config.js';
import { clientConfig } from './connection-config.js';
import { outcomeOf } from './database-error.js';

/** Values come and go as texts: they must mean the same whatever the server's settings are. */
const sessionSettings = [
  "timezone TO 'UTC'",
  "datestyle TO 'ISO'",
  "intervalstyle TO 'iso_8601'",
  'extra_float_digits TO 3',
  "bytea_output TO 'hex'",
];

/** Tasks, by their configuration, that were let in before. */
const admitted = new WeakSet<ConnectionConfig>();

export interface Transaction {
  /** Statements that go to the server together with BEGIN; no parameters, one result each. */
  begin(client: PgClient): readonly string[];
  work(client: PgClient, begun: readonly QueryResult[]): Promise<void>;
  /** COMMIT has been sent, and not answered. */
  committing(): void;
}

export class Database {
  /** Counts connections. */
  generation = 0;
  readonly #config: ConnectionConfig;
  readonly #logger: Logger;
  readonly #settings: readonly string[];
  #client: PgClient | undefined;
  #connecting: Promise<PgClient> | undefined;
  /** That is being connected. */
  #coming: PgClient | undefined;
  #isClosed = false;

  /** `settings`: what is SET in each session besides. */
  constructor(config: ConnectionConfig, logger: Logger, settings: readonly string[] = []) {
    this.#config = config;
    this.#logger = logger;
    // What the client has given up goes on in the server, with its locks, unless the server gives it up too.
    const longest = `statement_timeout TO ${config['query.timeout.ms']}`;
    this.#settings = [...sessionSettings, longest, ...settings];
  }

  /** Rejects with RetriableError while the server is away, with ConfigError where it does not let this task in. */
  async client(): Promise<PgClient> {
    if (this.#client !== undefined) return this.#client;
    this.#connecting ??= this.#connect().finally(() => {
      this.#connecting = undefined;
    });
    return await this.#connecting;
  }

  async #connect(): Promise<PgClient> {
    const { default: pg } = await import('pg');
    // Values are read as the text that the server sends: what they become is this connector's matter, not the driver's.
    const client = new pg.Client({
      ...clientConfig(this.#config),
      types: { getTypeParser: () => (text: string) => text },
    });
    this.#coming = client;
    client.on('error', (error: Error) => {
      this.#logger.warn(`the connection to the database was lost: ${error.message}`);
      this.drop(client);
    });
    try {
      await client.connect();
      await client.query(this.#settings.map(each => `SET ${each}`).join('; '));
      if (this.#isClosed) throw new RetriableError('the task ended while it was connecting to the database');
    } catch (error) {
      void ended(client);
      throw connectingError(error, admitted.has(this.#config));
    } finally {
      this.#coming = undefined;
    }
    admitted.add(this.#config);
    this.#client = client;
    this.generation++;
    return client;
  }

  async query(text: string, values: readonly unknown[] = []): Promise<QueryResult> {
    const client = await this.client();
    try {
      return await client.query(text, [...values]);
    } catch (error) {
      if (outcomeOf(error) === 'away') this.drop(client);
      throw error;
    }
  }

  /** All or nothing. What `work` throws is thrown on after the rollback. */
  async transaction({ begin, work, committing }: Transaction): Promise<void> {
    const client = await this.client();
    try {
      const [, ...begun] = [await client.query(['BEGIN', ...begin(client)].join('; '))].flat();
      await work(client, begun);
      const committed = client.query('COMMIT');
      committed.catch(() => undefined);
      committing();
      const { command } = await committed;
      // The server's way of saying that a statement of it had failed.
      if (command !== 'COMMIT') throw new RetriableError(`the transaction was ended by ${command}`);
    } catch (error) {
      if (outcomeOf(error) === 'away') this.drop(client);
      else await client.query('ROLLBACK').catch(() => this.drop(client));
      throw error;
    }
  }

  drop(client: PgClient): void {
    if (this.#client === client) this.#client = undefined;
    void ended(client);
  }

  /** Whoever waits for an answer gets an error; a connection that is being made is given up. */
  async close(): Promise<void> {
    this.#isClosed = true;
    const client = this.#client;
    this.#client = undefined;
    this.#coming?.connection.stream.destroy();
    if (client !== undefined) await ended(client);
  }
}

/** Says that it goes, and goes: a server that is silent, on a network that is cut for example, would be waited for until the system gives the connection up. */
async function ended(client: PgClient): Promise<void> {
  const end = client.end().catch(() => undefined);
  (client.connection.stream as Socket).destroySoon();
  await end;
}
