// The properties of a worker that are about REST, with Kafka Connect's names where it has them.

import { z } from 'zod';
import { didYouMean, editDistance, UsageError } from '../../core/index.js';
import { option } from '../api/option.js';
import { ConfigProviders } from '../runtime/providers/config-providers.js';
import type { Authentication } from './authentication.js';
import { listenAddress } from './listen-address.js';
import type { RestOptions } from './rest-server.js';
import { isListenerTlsKey, restTls } from './rest-tls.js';

export const restSettings = z.object({
  listeners: option
    .text()
    .default('http://127.0.0.1:8083')
    .describe('Where the REST API listens; one address. (Kafka Connect: http://:8083, which is every interface)'),
  'rest.authentication': option
    .choice(['none', 'basic', 'bearer'])
    .default('none')
    .describe('Who may use the API. `none` is for loopback addresses only. (ours)'),
  'rest.basic.users': option.secret().optional().describe('Of `basic`: `user:password`, several with commas. (ours)'),
  'rest.bearer.tokens': option.secret().optional().describe('Of `bearer`: a token, several with commas. (ours)'),
  'admin.listeners': option.text().optional().describe('Empty: `/admin/loggers` is not served.'),
  'rest.request.timeout.ms': option
    .durationMs()
    .default(90_000)
    .describe('A request that is not answered by then is answered 500. (ours)'),
  'rest.body.bytes.max': option
    .sizeBytes()
    .default(1024 * 1024)
    .describe('The longest body of a request. (ours)'),
  'rest.advertised.host.name': option.text().min(1).optional().describe('The host in `worker_id`.'),
  'rest.advertised.port': option.integer(1, 65_535).optional().describe('The port in `worker_id`.'),
});

export interface RestSettings {
  readonly rest: Omit<RestOptions, 'logger'>;
  readonly advertised: { readonly host: string | undefined; readonly port: number | undefined };
  /** The properties that are not about REST. */
  readonly others: Readonly<Record<string, unknown>>;
}

/** Takes what is about REST out of a worker's properties. Throws UsageError that says what is wrong. */
export function readRestSettings(properties: Readonly<Record<string, unknown>>): RestSettings {
  const known = Object.keys(restSettings.shape);
  const isRest = (key: string) => known.includes(key) || key.startsWith('rest.') || isListenerTlsKey(key);
  const entries = Object.entries(properties);
  const isMistyped = (key: string) => !isRest(key) && known.some(name => editDistance(name, key) <= 2);
  const isStrange = (key: string) => isRest(key) && !known.includes(key) && !isListenerTlsKey(key);
  const unknown = entries.find(([key]) => isStrange(key) || isMistyped(key))?.[0];
  if (unknown !== undefined) {
    throw new UsageError(`${unknown}: there is no such worker property${didYouMean(unknown, known)}`);
  }
  const given = entries.filter(([key]) => isRest(key)).map(([key, value]) => [key, String(value)] as const);
  const { config } = new ConfigProviders(properties).resolve(Object.fromEntries(given));
  const read = restSettings.safeParse(config);
  if (!read.success) {
    throw new UsageError(
      read.error.issues.map(({ path, message }) => `${path.map(String).join('.')}: ${message}`).join('; '),
    );
  }
  const { data } = read;
  const address = listenAddress(data.listeners);
  return {
    rest: {
      address,
      ...(address.isEncrypted === true && { tls: restTls(config) }),
      authentication: authenticationOf(data),
      hasAdmin: data['admin.listeners'] !== '',
      requestTimeoutMs: data['rest.request.timeout.ms'],
      bodyBytesMax: data['rest.body.bytes.max'],
    },
    advertised: { host: data['rest.advertised.host.name'], port: data['rest.advertised.port'] },
    others: Object.fromEntries(entries.filter(([key]) => !isRest(key))),
  };
}

function authenticationOf(data: z.output<typeof restSettings>): Authentication | undefined {
  const kind = data['rest.authentication'];
  switch (kind) {
    case 'none':
      return undefined;
    case 'basic':
      return { kind, users: usersOf(itemsOf(data['rest.basic.users'], 'rest.basic.users', 'user:password')) };
    case 'bearer':
      return { kind, tokens: itemsOf(data['rest.bearer.tokens'], 'rest.bearer.tokens', 'a token') };
    default:
      return kind satisfies never;
  }
}

function itemsOf(text: string | undefined, key: string, what: string): readonly string[] {
  const items = (text ?? '').split(',').map(item => item.trim());
  const given = items.filter(item => item !== '');
  if (given.length === 0) throw new UsageError(`${key}: give ${what}, or several with commas`);
  return given;
}

function usersOf(items: readonly string[]): Readonly<Record<string, string>> {
  const pairs = items.map(item => {
    const at = item.indexOf(':');
    if (at > 0 && at < item.length - 1) return [item.slice(0, at), item.slice(at + 1)] as const;
    throw new UsageError('rest.basic.users: write user:password'); // not the item: it may be a password
  });
  return Object.fromEntries(pairs);
}
