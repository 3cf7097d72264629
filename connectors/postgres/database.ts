// One connection, made when it is first needed and again after it was lost. Whoever uses it sees by `generation` that it is another one: what
// was known of the old one's transactions is uncertain then.

import type { Client as PgClient, QueryResult } from 'pg';
import type { Logger } from '../../connect/api/index.js';
import type { ConnectionConfig } from './connection-config.js';
import { clientConfig } from './connection-config.js';
import { connectorError, outcomeOf } from './database-error.js';

export class Database {
  /** Counts connections. */
  generation = 0;
  readonly #config: ConnectionConfig;
  readonly #logger: Logger;
  #client: PgClient | undefined;

  constructor(config: ConnectionConfig, logger: Logger) {
    this.#config = config;
    this.#logger = logger;
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
      await client.query(
        "SET TIME ZONE 'UTC'; SET datestyle TO 'ISO'; SET intervalstyle TO 'iso_8601'; SET extra_float_digits TO 3; SET bytea_output TO 'hex'",
      );
    } catch (error) {
      void client.end().catch(() => undefined);
      throw connectorError(error, 'connecting to the database');
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
  async transaction<T>(work: (client: PgClient) => Promise<T>, begin = 'BEGIN'): Promise<T> {
    const client = await this.client();
    try {
      await client.query(begin);
      const result = await work(client);
      await client.query('COMMIT');
      return result;
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
