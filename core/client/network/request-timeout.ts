import { fetch } from '../../protocol/01-fetch.js';
import { joinGroup } from '../../protocol/11-join-group.js';
import type { Api, RequestOf } from '../../protocol/api.js';

/** How long a broker may rightly hold a request before it answers. */
export function heldMs<A extends Api>(api: A, request: RequestOf<A>): number {
  if (api.key === fetch.key) return (request as RequestOf<typeof fetch>).maxWaitMs;
  if (api.key !== joinGroup.key) return 0;
  // Until the slowest of the other members has joined.
  const { rebalanceTimeoutMs, sessionTimeoutMs } = request as RequestOf<typeof joinGroup>;
  return Math.max(rebalanceTimeoutMs, sessionTimeoutMs);
}
