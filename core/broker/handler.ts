import type { Api, RequestOf, ResponseOf } from '../protocol/api.js';
import type { BrokerNode } from './broker-node.js';
import type { RequestContext } from './request-context.js';

/** Answers one API. What can be answered at once is answered without a promise. */
export interface Handler<A extends Api = Api> {
  readonly api: A;
  readonly handle: Handle<A>;
}

export type Handle<A extends Api> = (
  node: BrokerNode,
  request: RequestOf<A>,
  context: RequestContext,
) => ResponseOf<A> | Promise<ResponseOf<A>>;

export function handler<A extends Api>(api: A, handle: Handle<A>): Handler<A> {
  return { api, handle };
}
