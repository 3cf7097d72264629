// Keeps the tests that share one cluster apart: every topic, group and transactional id gets the prefix of its test in what is
// asked, and loses it in what is answered. What belongs to others is left out of lists.

import type { ConnectOptions, Place } from '../../core/client/place.js';
import type { Api, RequestOf, ResponseOf } from '../../core/protocol/api.js';
import type { Connection, SendOptions } from '../../core/protocol/connection.js';
import { withTopics } from './consumer-subscription.js';
import { type NamePath, namePaths } from './name-paths.js';

type Json = Record<string, unknown>;

/** Longer than a name may be with it: the broker must see what is wrong with a name. */
const nameBytesMax = 249;

export class NamesApart implements Place {
  readonly url: string;
  readonly #place: Place;
  readonly #prefix: string;

  constructor(place: Place, prefix: string) {
    this.url = place.url;
    this.#place = place;
    this.#prefix = prefix;
  }

  async connect(nodeId?: number, options?: ConnectOptions): Promise<Connection> {
    const connection = await this.#place.connect(nodeId, options);
    const prefix = this.#prefix;
    return {
      async send<A extends Api>(api: A, request: RequestOf<A>, sendOptions?: SendOptions): Promise<ResponseOf<A>> {
        const paths = namePaths[api.name] ?? { request: [], response: [] };
        const asked = paths.request.reduce(
          (message, path) => renamed(message, path, withPrefix(prefix)),
          request as Json,
        );
        const answer = (await connection.send(api, asked as RequestOf<A>, sendOptions)) as Json;
        return paths.response.reduce(
          (message, path) => renamed(message, path, withoutPrefix(prefix)),
          withoutOthers(answer, paths.owned, prefix),
        ) as ResponseOf<A>;
      },
      close: () => connection.close(),
    };
  }
}

type Rename = (name: string) => string;

function withPrefix(prefix: string): Rename {
  // What no broker takes for a name must stay what no broker takes.
  const isNoName = (name: string) => ['', '.', '..'].includes(name) || name.length > nameBytesMax - prefix.length;
  return name => (isNoName(name) || name.startsWith('__') ? name : prefix + name);
}

/** In the texts of errors too. */
function withoutPrefix(prefix: string): Rename {
  return text => text.replaceAll(prefix, '');
}

function renamed(message: Json, { steps, kind }: NamePath, rename: Rename): Json {
  return at(message, steps, rename, kind) as Json;
}

function at(value: unknown, steps: readonly string[], rename: Rename, kind: NamePath['kind']): unknown {
  if (Array.isArray(value)) return value.map(each => at(each, steps, rename, kind));
  if (value === null || value === undefined) return value;
  const [step, ...others] = steps;
  if (step === undefined)
    return kind === 'subscription' ? withTopics(value as Uint8Array, rename) : rename(value as string);
  const message = value as Json;
  if (kind === 'resource' && others.length === 0 && !isNamedResource(message)) return message;
  return step in message ? { ...message, [step]: at(message[step], others, rename, kind) } : message;
}

const topicResource = 2;
const groupResource = 32;

function isNamedResource(message: Json): boolean {
  return message['resourceType'] === topicResource || message['resourceType'] === groupResource;
}

/** Lists without what other tests have; internal topics belong to all. */
function withoutOthers(answer: Json, owned: { list: string; name: string } | undefined, prefix: string): Json {
  if (owned === undefined) return answer;
  const list = answer[owned.list] as readonly Json[];
  const isOwn = (name: unknown) => typeof name !== 'string' || name.startsWith(prefix) || /^$|^\.|^__/.test(name);
  return { ...answer, [owned.list]: list.filter(each => isOwn(each[owned.name]) || isWrongName(each)) };
}

/** An answer to a name that was asked for as it is. */
function isWrongName(each: Json): boolean {
  return typeof each['errorCode'] === 'number' && each['errorCode'] !== 0;
}
