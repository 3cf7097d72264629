// One connection, made when it is first needed and again after it was lost. Whoever uses it sees by `generation` that it is another one: what
// was known of the old one's transactions is uncertain then.

import type { Client as PgClient, QueryResult } from 'pg';
import { type Logger, RetriableError } from '../../connect/api/index.js';
import type { ConnectionConfig } from './connection-config.js';
import { clientConfig } from './connection-config.js';
import { connectorError, outcomeOf } from './database-error.js';

/** Values come and go as texts: they must mean the same whatever the server's settings are. */
const sessionSettings = [
  "timezone TO 'UTC'",
  "datestyle TO 'ISO'",
  "intervalstyle TO 'iso_8601'",
  'extra_float_digits TO 3',
  "bytea_output TO 'hex'",
];

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

  /** `settings`: what is SET in each session besides. */
  constructor(config: ConnectionConfig, logger: Logger, settings: readonly string[] = []) {
    this.#config = config;
    this.#logger = logger;
    this.#settings = [...sessionSettings, ...settings];
  }

  /** Rejects with RetriableError while the server is away. */
  async client(): Promise<PgClient> {
    if (this.#client !== undefined) return this.#client;
    const { default: pg } = await import('pg');
    // Values are read as the text that the server sends: what they become is this connector's matter, not the driver's.
    const client = new pg.Client({
      ...clientConfig(this.#config),
      types: { getTypeParser: () => (text: string) => text },
    });
    client.on('error', (error: Error) => {
      this.#logger.warn(`the connection to the database was lost: ${error.message}`);
      this.drop(client);
    });
    try {
      await client.connect();
      await client.query(this.#settings.map(each => `SET ${each}`).join('; '));
    } catch (error) {
      void client.end().catch(() => undefined);
      throw connectorError(this.generation > 0 ? passing(error) : error, 'connecting to the database');
    }
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
    void client.end().catch(() => undefined);
  }

  async close(): Promise<void> {
    const client = this.#client;
    this.#client = undefined;
    await client?.end().catch(() => undefined);
  }
}

/** Who was let in before, and is refused now, asks again: passwords are changed, databases renamed and brought back. */
function passing(error: unknown): unknown {
  const { code, message } = error as { code?: string; message: string };
  return /^(28|3D)/.test(code ?? '')
    ? new RetriableError(`connecting to the database: ${message} [${code}]`, { cause: error })
    : error;
}
