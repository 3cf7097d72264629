// The endpoints as HTTP. A request is looked at in one order: who is asking (401, 403), the path (404) and method (405), what it sends (415) and takes (406),
// its body (413, 400); then the endpoint is asked. What goes wrong is answered as `{error_code, message}`, whatever it is.

import { type Context, Hono } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import type { Clock } from '../../core/index.js';
import type { Logger } from '../api/context.js';
import type { Worker } from '../runtime/worker/worker.js';
import { type Authentication, challengeOf, isAllowed } from './authentication.js';
import type { Answer, Call, Endpoint } from './endpoint.js';
import { errorAnswer } from './error-answer.js';
import { HttpFault } from './http-fault.js';
import { jsonBody } from './json-body.js';
import { requireJsonAccepted, requireJsonBody } from './media-types.js';
import { requireOwnPage } from './require-own-page.js';
import { SecretFilter } from './secret-filter.js';

export interface RestAppParts {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly endpoints: readonly Endpoint[];
  readonly authentication: Authentication | undefined;
  readonly bodyBytesMax: number;
  readonly requestTimeoutMs: number;
  /** Undefined while it starts. */
  worker(): Worker | undefined;
}

export function restApp(parts: RestAppParts): Hono {
  const app = new Hono({ strict: false });
  app.use(async (c, next) => {
    await requireCaller(parts, c);
    await next();
  });
  app.use(
    bodyLimit({
      maxSize: parts.bodyBytesMax,
      onError: () => {
        const message = `A body of a request is at most ${parts.bodyBytesMax} bytes (rest.body.bytes.max)`;
        throw new HttpFault(413, message, { connection: 'close' }); // the rest of it is not read
      },
    }),
  );
  for (const endpoint of parts.endpoints) {
    app.on(endpoint.method.toUpperCase(), honoPath(endpoint.path), c => answerOf(parts, endpoint, c));
  }
  for (const path of new Set(parts.endpoints.map(endpoint => endpoint.path))) {
    const allowed = parts.endpoints.filter(each => each.path === path).map(({ method }) => method.toUpperCase());
    app.all(honoPath(path), c => refuseMethod(c, allowed.join(', ')));
  }
  app.notFound(() => responseOf(errorAnswer(new HttpFault(404))));
  app.onError(error => {
    const answer = errorAnswer(error);
    if (answer.status === 500) parts.logger.error(`REST: ${error.stack ?? error.message}`);
    return responseOf(answer);
  });
  return app;
}

function honoPath(path: string): string {
  return path.replace(/\{(\w+)\}/g, ':$1');
}

async function requireCaller({ authentication, endpoints }: RestAppParts, { req }: Context): Promise<void> {
  if (authentication === undefined) return requireOwnPage(req.header('host'), req.header('origin'));
  if (endpoints.some(each => each.isAlwaysOpen === true && each.path === req.path)) return;
  const { method, path } = req;
  if (await isAllowed(authentication, { authorization: req.header('authorization'), method, path })) return;
  const message = 'Not authenticated: send an Authorization header that the worker knows';
  throw new HttpFault(401, message, { 'www-authenticate': challengeOf(authentication) });
}

function refuseMethod({ req }: Context, allow: string): Response {
  if (req.method === 'OPTIONS') return new Response(null, { status: 200, headers: { allow } });
  throw new HttpFault(405, undefined, { allow });
}

async function answerOf(parts: RestAppParts, endpoint: Endpoint, c: Context): Promise<Response> {
  const { req } = c;
  if (endpoint.method !== 'get') {
    const hasBody = Number(req.header('content-length') ?? 0) > 0 || req.header('transfer-encoding') !== undefined;
    requireJsonBody(req.header('content-type'), hasBody);
  }
  requireJsonAccepted(req.header('accept'));
  const body = endpoint.body === undefined ? undefined : jsonBody(await req.text(), endpoint.body);
  const url = new URL(req.url);
  const call: Call = {
    get worker() {
      return requireWorker(parts.worker());
    },
    param: name => req.param(name) ?? '',
    query: url.searchParams,
    body,
    origin: url.origin,
  };
  try {
    return responseOf(await inTime(parts, async () => endpoint.handle(call)));
  } catch (error) {
    throw concealed(error, parts.worker(), body);
  }
}

function requireWorker(worker: Worker | undefined): Worker {
  if (worker === undefined) throw new HttpFault(503, 'The worker has not started yet: try again in a moment');
  return worker;
}

async function inTime<T>({ clock, requestTimeoutMs }: RestAppParts, work: () => Promise<T>): Promise<T> {
  const answered = new AbortController();
  const timeout = clock.sleep(requestTimeoutMs, answered.signal).then(() => {
    throw new HttpFault(500, `Request timed out: the worker did not answer within ${requestTimeoutMs} ms`);
  });
  try {
    return await Promise.race([work(), timeout]);
  } finally {
    answered.abort();
    timeout.catch(() => undefined);
  }
}

/** A message may quote the configuration it is about, and so its secrets. */
function concealed(error: unknown, worker: Worker | undefined, body: unknown): unknown {
  if (!(error instanceof Error) || worker === undefined || typeof body !== 'object' || body === null) return error;
  const config = 'config' in body && typeof body.config === 'object' && body.config !== null ? body.config : body;
  error.message = SecretFilter.of(worker).concealed(error.message, config as Record<string, unknown>);
  return error;
}

function responseOf({ status, body, headers }: Answer): Response {
  if (body === undefined) return new Response(null, { status, ...(headers && { headers }) });
  return new Response(JSON.stringify(body), { status, headers: { 'content-type': 'application/json', ...headers } });
}
