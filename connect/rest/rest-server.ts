// The REST API as a server. It listens before there is a worker (a worker's id is where it listens), and answers 503 until one is attached.

import type { Server } from 'node:http';
import { createServer } from 'node:https';
import { createAdaptorServer } from '@hono/node-server';
import { type Clock, type Log, UsageError } from '../../core/index.js';
import type { Logger } from '../api/context.js';
import type { Worker } from '../runtime/worker/worker.js';
import type { Authentication } from './authentication.js';
import { type ListenAddress, requireSafeBind } from './listen-address.js';
import { restApp } from './rest-app.js';
import type { RestTls } from './rest-tls.js';
import { type Health, serverEndpoints } from './server-endpoints.js';

export interface RestOptions {
  readonly address: ListenAddress;
  /** Of an address over TLS, which needs it. */
  readonly tls?: RestTls | undefined;
  /** Without it only a loopback address is taken. */
  readonly authentication?: Authentication | undefined;
  /** Whether `/admin/loggers` is served. Default true. */
  readonly hasAdmin?: boolean | undefined;
  readonly logger: Logger;
  /** Default 1 MiB. */
  readonly bodyBytesMax?: number | undefined;
  /** After which a request is answered 500. Default 90,000, as Kafka Connect's. */
  readonly requestTimeoutMs?: number | undefined;
}

export interface RestServer extends AsyncDisposable {
  readonly host: string;
  readonly port: number;
  readonly url: string;
  /** From now on requests are for this worker. */
  attach(worker: Worker): void;
  /** Lets requests that have come be answered, for some seconds, and takes no others. The worker goes on. */
  close(): Promise<void>;
}

const healthTimeoutMs = 10_000;
const closeTimeoutMs = 5_000;
const connectionsMax = 1_000;
/** For a whole request to arrive. */
const receiveTimeoutMs = 30_000;
/** Of a connection between two requests: longer than clients and proxies keep theirs, so that no request meets a connection that is being closed. */
const idleTimeoutMs = 75_000;

/** Throws UsageError for an address that may not be listened on, or cannot. */
export async function listenRest(log: Log, options: RestOptions): Promise<RestServer> {
  const { address, authentication, logger } = options;
  requireSafeBind(address, authentication !== undefined);
  const { clock } = log.ports;
  let worker: Worker | undefined;
  const app = restApp({
    clock,
    logger,
    authentication,
    endpoints: serverEndpoints({ hasAdmin: options.hasAdmin ?? true, health: () => healthOf(log, worker) }),
    bodyBytesMax: options.bodyBytesMax ?? 1024 * 1024,
    requestTimeoutMs: options.requestTimeoutMs ?? 90_000,
    worker: () => worker,
  });
  const tls = address.isEncrypted === true ? requireTls(options.tls) : undefined;
  const serverOptions = { requestTimeout: receiveTimeoutMs, keepAliveTimeout: idleTimeoutMs, ...tls };
  const server = createAdaptorServer({
    fetch: app.fetch,
    serverOptions,
    ...(tls !== undefined && { createServer }),
  }) as Server;
  server.maxConnections = connectionsMax;
  const port = await listen(server, address);
  const close = () => closeServer(server, clock);
  return {
    host: address.host,
    port,
    url: `${tls === undefined ? 'http' : 'https'}://${address.host.includes(':') ? `[${address.host}]` : address.host}:${port}`,
    attach: attached => {
      worker = attached;
    },
    close,
    [Symbol.asyncDispose]: close,
  };
}

function requireTls(tls: RestTls | undefined): RestTls {
  if (tls !== undefined) return tls;
  throw new UsageError('listeners: an https address needs a certificate and its key');
}

function listen(server: Server, { host, port }: ListenAddress): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      const advice = error.code === 'EADDRINUSE' ? ': something listens there already, give another --port' : '';
      reject(
        new UsageError(`the REST API cannot listen on ${host}:${port} (${error.code})${advice}`, { cause: error }),
      );
    });
    server.listen(port, host, () => resolve((server.address() as { port: number }).port));
  });
}

async function closeServer(server: Server, clock: Clock): Promise<void> {
  if (!server.listening) return;
  const closed = new Promise<void>(resolve => {
    server.close(() => resolve());
  });
  server.closeIdleConnections();
  const patience = clock.setTimer(closeTimeoutMs, () => server.closeAllConnections());
  await closed;
  patience.cancel();
}

async function healthOf(log: Log, worker: Worker | undefined): Promise<Health> {
  if (worker === undefined) return { status: 'starting', message: 'Worker is still starting up.' };
  const { clock } = log.ports;
  const answered = new AbortController();
  try {
    await using admin = log.admin();
    const timeout = clock.sleep(healthTimeoutMs, answered.signal).then(() => {
      throw new Error(`no answer within ${healthTimeoutMs} ms`);
    });
    await Promise.race([admin.describeCluster(), timeout]);
    const message = 'Worker has completed startup and is ready to handle requests.';
    return { status: 'healthy', message };
  } catch (error) {
    return { status: 'unhealthy', message: `Worker does not reach its log: ${(error as Error).message}` };
  } finally {
    answered.abort();
  }
}
