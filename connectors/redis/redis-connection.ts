// One connection, made when it is first needed and again after it was lost. The driver does not reconnect by itself: a command that it sent again
// could be carried out twice, and who writes exactly once must know that the connection is another one.

import type { Cluster, Command, Redis, RedisOptions } from 'ioredis';
import { ConfigError, type ConnectorClock, type Logger, RetriableError } from '../../connect/api/index.js';
import type { RedisConnectionConfig } from './redis-connection-config.js';
import { readRedisUri } from './redis-uri.js';

export type RedisClient = Redis | Cluster;

/** Tasks, by their configuration, whose user and password Redis has taken before. */
const admitted = new WeakSet<RedisConnectionConfig>();
type Options = Omit<RedisOptions, 'replyMapping'>;

export class RedisConnection {
  /** Counts connections. */
  generation = 0;
  readonly #config: RedisConnectionConfig;
  readonly #logger: Logger;
  readonly #clock: ConnectorClock;
  #client: RedisClient | undefined;
  #connecting: Promise<RedisClient> | undefined;
  #Command: typeof Command | undefined;
  #refusedAt: number | undefined;
  #isClosed = false;

  constructor(
    config: RedisConnectionConfig,
    { logger, clock }: { readonly logger: Logger; readonly clock: ConnectorClock },
  ) {
    this.#config = config;
    this.#logger = logger;
    this.#clock = clock;
    clientOptions(config);
  }

  /** Rejects with RetriableError while the server is away, with ConfigError where it does not take the user or the password. */
  async client(): Promise<RedisClient> {
    if (this.#client !== undefined) return this.#client;
    this.#connecting ??= this.#connect().finally(() => {
      this.#connecting = undefined;
    });
    return this.#connecting;
  }

  /** A command whose bytes are written already; only while there is a client. */
  written(name: string, bytes: Buffer): Command {
    const command = new this.#Command!(name, [], { replyEncoding: 'utf8' });
    command.toWritable = () => bytes;
    return command;
  }

  drop(client: RedisClient): void {
    if (this.#client === client) this.#client = undefined;
    client.disconnect();
  }

  /** Ends the connection, if there is one: an answer that is still to come is not wanted any more. */
  abandon(): void {
    if (this.#client !== undefined) this.drop(this.#client);
  }

  /** Whoever waits for an answer still gets an error. */
  close(): void {
    this.#isClosed = true;
    this.abandon();
  }

  async #connect(): Promise<RedisClient> {
    const client = await this.#make();
    let heard = '';
    client.on('error', (error: Error & { readonly lastReply?: unknown }) => {
      // What a server says that hangs up at once is no answer to a command.
      heard = error.lastReply instanceof Error ? error.lastReply.message : error.message;
      this.#logger.debug(`redis: ${heard}`);
    });
    client.on('end', () => this.drop(client));
    try {
      await client.connect();
      await client.ping();
      if (this.#isClosed) throw new Error('the task has ended');
    } catch (error) {
      client.disconnect();
      const told = withHeard(redisError(error, 'connecting to Redis'), heard);
      throw isRefusal(told) ? this.#refused(told) : told;
    }
    admitted.add(this.#config);
    this.#refusedAt = undefined;
    this.#client = client;
    this.generation++;
    return client;
  }

  /** At the start it is a slip; later passwords may be in the middle of a change, for a while. */
  #refused(error: Error): Error {
    const now = this.#clock.monotonic();
    this.#refusedAt ??= now;
    const forMs = now - this.#refusedAt;
    const isPatient = admitted.has(this.#config) && forMs < this.#config['redis.auth.retry.timeout.ms'];
    if (isPatient) return error;
    const waited = forMs > 0 ? `, for ${Math.round(forMs / 1_000)} s now` : '';
    return new ConfigError(
      `${error.message}: Redis does not take the user or the password${waited}: mend redis.username and redis.password (or redis.uri), then restart the task`,
    );
  }

  async #make(): Promise<RedisClient> {
    const ioredis = await import('ioredis');
    this.#Command = ioredis.Command;
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

/** Throws ConfigError for sentinels that are none. */
export function clientOptions(config: RedisConnectionConfig): Options {
  const place = readRedisUri(config['redis.uri']);
  const username = config['redis.username'] ?? place.username;
  const password = config['redis.password'] ?? place.password;
  return {
    host: place.host,
    port: place.port,
    db: place.database,
    ...(username === '' ? {} : { username }),
    ...(password === '' ? {} : { password }),
    ...(place.isTls ? { tls: { rejectUnauthorized: config['redis.tls.verify'] } } : {}),
    ...sentinelOptions(config),
    // Answers are then the same of every server.
    protocol: 2,
    lazyConnect: true,
    // A server that loads, or wants a password, says so to the first command.
    enableReadyCheck: false,
    disableClientInfo: true,
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

/** Answers that pass: loading, busy with a script, a replica that takes no writes, out of memory, too many clients, a failover or a change of passwords under way. */
const passing =
  /^(LOADING|BUSY|READONLY|OOM|MASTERDOWN|CLUSTERDOWN|TRYAGAIN|MISCONF|NOREPLICAS|UNBLOCKED|NOAUTH|WRONGPASS|ERR invalid password|ERR max number of clients)\b/;

function withHeard(error: Error, heard: string): Error {
  if (heard === '' || !(error instanceof RetriableError) || error.message.includes(heard)) return error;
  return new RetriableError(`${error.message} (${heard})`, { cause: error });
}

function isRefusal({ message }: Error): boolean {
  return /\b(NOAUTH|WRONGPASS|ERR invalid password)\b/.test(message);
}

/** The error that the runtime understands: what the server refuses is final, but for what passes; all else is the connection. */
export function redisError(error: unknown, doing: string): Error {
  const { name } = error as Error;
  // A TypeError is no word of the server's or the network's.
  if (error instanceof RetriableError || error instanceof ConfigError || error instanceof TypeError) return error;
  const message = causeOf(error as Error & { previousErrors?: readonly Error[] });
  const isAnswer = name === 'ReplyError';
  if (isAnswer && !passing.test(message)) return new Error(`${doing}: ${message}`, { cause: error });
  return new RetriableError(`${doing}: ${message === '' ? 'no connection' : message}`, { cause: error });
}

/** Of a MULTI that Redis threw away: why. */
function causeOf(error: Error & { readonly previousErrors?: readonly Error[] }): string {
  const [, named] = /^EXECABORT .*because of: (?!previous errors)(.*)/.exec(error.message) ?? [];
  return named ?? error.previousErrors?.[0]?.message ?? error.message;
}
