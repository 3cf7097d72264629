import type { Log } from '../../../core/index.js';
import { ConfigError } from '../../api/errors.js';
import type { ConnectorParts } from '../connector-parts.js';
import type { ClientKind, ClientOverrides } from './client-overrides.js';

/** Where the clients of one task come from: the log that the connector runs on, or a connection of their own where its overrides say how, or as whom. */
export class ClientLogs implements AsyncDisposable {
  readonly #shared: Log;
  readonly #own: ReadonlyMap<ClientKind, Log>;

  private constructor(shared: Log, own: ReadonlyMap<ClientKind, Log>) {
    this.#shared = shared;
    this.#own = own;
  }

  /** Throws ConfigError naming the client whose overrides cannot be meant, and what `connectAs` throws where the cluster is not reached. */
  static async open(
    { log, connectAs }: Pick<ConnectorParts, 'log' | 'connectAs'>,
    overrides: ClientOverrides,
    kinds: readonly ClientKind[],
  ): Promise<ClientLogs> {
    const own = new Map<ClientKind, Log>();
    const logs = new ClientLogs(log, own);
    try {
      for (const kind of kinds) {
        const properties = overrides.connection(kind);
        if (properties === undefined || connectAs === undefined) continue;
        own.set(kind, await connectAs(properties).catch(error => rethrowNamed(kind, error)));
      }
      return logs;
    } catch (error) {
      await logs.close();
      throw error;
    }
  }

  of(kind: ClientKind): Log {
    return this.#own.get(kind) ?? this.#shared;
  }

  /** Whether that kind of client has a connection of its own: to the same cluster as somebody else, or to another cluster. */
  owns(kind: ClientKind): boolean {
    return this.#own.has(kind);
  }

  async close(): Promise<void> {
    await Promise.allSettled([...this.#own.values()].map(log => log.close()));
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}

function rethrowNamed(kind: ClientKind, error: unknown): never {
  if (!(error instanceof Error) || error.name !== 'UsageError') throw error;
  throw new ConfigError(`${kind}.override.*: ${error.message}`, { cause: error });
}
