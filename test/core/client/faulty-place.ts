// A place whose connections lose what they are told to lose. Everything behind it is real. As on a network, a loss is the end of the connection:
// nothing that comes after it arrives, and no answer to what is under way.

import { setTimeout as sleep } from 'node:timers/promises';
import { WorldFault } from '../../../core/base/errors.js';
import type { ConnectOptions, Place } from '../../../core/client/place.js';
import type { Api, RequestOf, ResponseOf } from '../../../core/protocol/api.js';
import type { Connection, SendOptions } from '../../../core/protocol/connection.js';

/** What happens to one request: the broker never sees it; or it does, and the answer is lost, late, or changed; or the answer is this one. */
export type Fault =
  | { readonly kind: 'request-lost' }
  | { readonly kind: 'answer-lost' }
  | { readonly kind: 'answer-late'; readonly delayMs: number }
  | { readonly kind: 'answer-changed'; readonly change: (answer: never) => unknown }
  | { readonly kind: 'answer'; readonly answer: unknown };

/** `count` of requests of that API, `connection` in the order in which they were made; both from 1. */
type Decide = (api: Api, request: never, count: number, connection: number) => Fault | undefined;

export class FaultyPlace implements Place {
  readonly url: string;
  /** How often each fault struck, to assert that it did. */
  readonly struck = { 'request-lost': 0, 'answer-lost': 0, 'answer-late': 0, 'answer-changed': 0, answer: 0 };
  /** Requests seen, by the name of their API. */
  readonly seen = new Map<string, number>();
  readonly #place: Place;
  readonly #decide: Decide;
  #connectionCount = 0;

  constructor(place: Place, decide: Decide) {
    this.url = place.url;
    this.#place = place;
    this.#decide = decide;
  }

  async connect(nodeId?: number, options?: ConnectOptions): Promise<Connection> {
    const inner = await this.#place.connect(nodeId, options);
    const state = { number: ++this.#connectionCount, isBroken: false };
    return {
      send: (api, request, options) => this.#send({ inner, state }, api, request, options),
      close: () => inner.close(),
    };
  }

  async #send<A extends Api>(
    { inner, state }: { readonly inner: Connection; readonly state: { readonly number: number; isBroken: boolean } },
    api: A,
    request: RequestOf<A>,
    options?: SendOptions,
  ): Promise<ResponseOf<A>> {
    if (state.isBroken) throw lost();
    const count = (this.seen.get(api.name) ?? 0) + 1;
    this.seen.set(api.name, count);
    const fault = this.#decide(api, request as never, count, state.number);
    if (fault !== undefined) this.struck[fault.kind]++;
    if (fault?.kind === 'answer') return fault.answer as ResponseOf<A>;
    if (fault?.kind === 'request-lost') state.isBroken = true;
    if (state.isBroken) throw lost();
    const answer = await inner.send(api, request, options);
    if (fault?.kind === 'answer-lost') state.isBroken = true;
    if (state.isBroken) throw lost();
    if (fault?.kind === 'answer-late') await sleep(fault.delayMs);
    return fault?.kind === 'answer-changed' ? (fault.change(answer as never) as ResponseOf<A>) : answer;
  }
}

function lost(): WorldFault {
  return new WorldFault('the connection was cut', { isRetriable: true });
}
