// Reads batches, and waits for more when there are too few. Fetch sessions are not kept: every answer is full and says session 0,
// which clients must accept (KIP-227).

import { ProtocolError } from '../../base/errors.js';
import { fetch } from '../../protocol/01-fetch.js';
import type { RequestOf, ResponseOf } from '../../protocol/api.js';
import type { BrokerNode } from '../broker-node.js';
import { errorCode } from '../error-code.js';
import { FetchPass } from '../fetch-pass.js';
import { handler } from '../handler.js';
import type { RequestContext } from '../request-context.js';

type Request = RequestOf<typeof fetch>;
type Response = ResponseOf<typeof fetch>;

export const fetchHandler = handler(fetch, (node, request, context) => {
  if (request.sessionId !== 0) {
    const error = new ProtocolError('FETCH_SESSION_ID_NOT_FOUND', `no fetch session ${request.sessionId}`);
    return fetch.response({ errorCode: errorCode(error) });
  }
  const pass = new FetchPass(node, request, context.apiVersion).run();
  if (pass instanceof Promise) return pass.then(ran => answer(node, request, context, ran));
  return answer(node, request, context, pass);
});

function answer(
  node: BrokerNode,
  request: Request,
  context: RequestContext,
  first: FetchPass,
): Response | Promise<Response> {
  const mayWait = request.maxWaitMs > 0 && first.partitions.length > 0;
  return first.isEnough(request.minBytes) || !mayWait
    ? response(first)
    : waitForMore(node, request, context, first).then(response);
}

async function waitForMore(node: BrokerNode, request: Request, context: RequestContext, first: FetchPass) {
  let latest: FetchPass | Promise<FetchPass> = first;
  const attempt = (): boolean => {
    latest = new FetchPass(node, request, context.apiVersion).run();
    return latest instanceof Promise || latest.isEnough(request.minBytes);
  };
  const { partitions } = first;
  await node.pendingFetches.park({ partitions, maxWaitMs: request.maxWaitMs, attempt, context });
  return latest;
}

function response(pass: FetchPass): Response {
  return { throttleTimeMs: 0, errorCode: 0, sessionId: 0, responses: pass.responses, nodeEndpoints: [] };
}
