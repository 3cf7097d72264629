// One connection, made when it is first needed and again after it was lost. The driver does not reconnect by itself: a command that it sent again
// could be carried out twice, and who writes exactly once must know that the connection is another one.

import type { Cluster, Redis, RedisOptions } from 'ioredis';
import { ConfigError, type Logger, RetriableError } from '../../connect/api/index.js';
import type { RedisConnectionConfig } from './redis-connection-config.js';

export type RedisClient = Redis | Cluster;
type Options = Omit<RedisOptions, 'replyMapping'>;

export class RedisConnection {
  /** Counts connections. */
  generation = 0;
  readonly #config: RedisConnectionConfig;
  readonly #logger: Logger;
  #client: RedisClient | undefined;

  constructor(config: RedisConnectionConfig, logger: Logger) {
    this.#config = config;
    this.#logger = logger;
    clientOptions(config);
  }

  /** Rejects with RetriableError while the server is away. */
  async client(): Promise<RedisClient> {
    if (this.#client !== undefined) return this.#client;
    const client = await this.#make();
    client.on('error', (error: Error) => this.#logger.debug(`redis: ${error.message}`));
    client.on('end', () => this.drop(client));
    try {
      await client.connect();
      await client.ping();
    } catch (error) {
      client.disconnect();
      throw redisError(error, 'connecting to Redis');
    }
    this.#client = client;
    this.generation++;
    return client;
  }

  drop(client: RedisClient): void {
    if (this.#client === client) this.#client = undefined;
    client.disconnect();
  }

  async close(): Promise<void> {
    const client = this.#client;
    this.#client = undefined;
    await client?.quit().catch(() => client.disconnect());
  }

  async #make(): Promise<RedisClient> {
    const ioredis = await import('ioredis');
    const options = clientOptions(this.#config);
    if (!this.#config['redis.cluster.enabled']) return new ioredis.Redis(options);
    return new ioredis.Cluster([{ host: options.host!, port: options.port! }], {
      lazyConnect: true,
      enableOfflineQueue: false,
      clusterRetryStrategy: () => null,
      redisOptions: options,
    });
  }
}

/** Throws ConfigError for a URI that is none, without showing it. */
function clientOptions(config: RedisConnectionConfig): Options {
  const uri = config['redis.uri'];
  const parsed = URL.canParse(uri) ? new URL(uri) : undefined;
  if (parsed === undefined || !/^rediss?:$/.test(parsed.protocol)) {
    throw new ConfigError('redis.uri must read redis://user:password@host:port/database, or rediss://');
  }
  const username = config['redis.username'] ?? decodeURIComponent(parsed.username);
  const password = config['redis.password'] ?? decodeURIComponent(parsed.password);
  return {
    host: parsed.hostname || 'localhost',
    port: parsed.port === '' ? 6379 : Number(parsed.port),
    db: parsed.pathname.length > 1 ? Number(parsed.pathname.slice(1)) : 0,
    ...(username === '' ? {} : { username }),
    ...(password === '' ? {} : { password }),
    ...(parsed.protocol === 'rediss:' ? { tls: { rejectUnauthorized: config['redis.tls.verify'] } } : {}),
    ...sentinelOptions(config),
    lazyConnect: true,
    enableOfflineQueue: false,
    enableAutoPipelining: false,
    maxRetriesPerRequest: 0,
    retryStrategy: () => null,
    connectTimeout: config['redis.connect.timeout.ms'],
    commandTimeout: config['redis.timeout.ms'],
    connectionName: 'millrace',
  };
}

function sentinelOptions(config: RedisConnectionConfig): Partial<Options> {
  if (config['redis.sentinel.nodes'].length === 0) return {};
  const sentinels = config['redis.sentinel.nodes'].map(node => {
    const match = /^(.+):(\d+)$/.exec(node);
    if (match === null) throw new ConfigError(`redis.sentinel.nodes: "${node}" must read host:port`);
    return { host: match[1]!, port: Number(match[2]) };
  });
  return { sentinels, name: config['redis.sentinel.master'], sentinelRetryStrategy: () => null };
}

/** Answers that pass: loading, busy with a script, a replica that takes no writes, out of memory, a failover under way. */
const passing = /^(LOADING|BUSY|READONLY|OOM|MASTERDOWN|CLUSTERDOWN|TRYAGAIN|MISCONF|NOREPLICAS|UNBLOCKED)\b/;

/** The error that the runtime understands: what the server refuses is final, but for what passes; all else is the connection. */
export function redisError(error: unknown, doing: string): Error {
  const { message, name } = error as Error;
  const isAnswer = name === 'ReplyError';
  if (isAnswer && !passing.test(message)) return new Error(`${doing}: ${message}`, { cause: error });
  return new RetriableError(`${doing}: ${message === '' ? 'no connection' : message}`, { cause: error });
}
