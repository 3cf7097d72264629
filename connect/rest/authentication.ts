// Who may use the API. None is needed on the loopback interface; anywhere else the server does not start without it.

import { createHash, timingSafeEqual } from 'node:crypto';

/** What a hook of one's own is asked: true lets the request in. */
export type AuthenticationHook = (request: {
  readonly authorization: string | undefined;
  readonly method: string;
  readonly path: string;
}) => boolean | Promise<boolean>;

export type Authentication =
  | { readonly kind: 'basic'; readonly users: Readonly<Record<string, string>> }
  | { readonly kind: 'bearer'; readonly tokens: readonly string[] }
  | { readonly kind: 'hook'; readonly isAllowed: AuthenticationHook; readonly challenge?: string };

export function challengeOf(authentication: Authentication): string {
  switch (authentication.kind) {
    case 'basic':
      return 'Basic realm="millrace", charset="UTF-8"';
    case 'bearer':
      return 'Bearer realm="millrace"';
    case 'hook':
      return authentication.challenge ?? 'Bearer realm="millrace"';
    default:
      return authentication satisfies never;
  }
}

export async function isAllowed(
  authentication: Authentication,
  request: Parameters<AuthenticationHook>[0],
): Promise<boolean> {
  const [, scheme = '', credentials = ''] = /^(\S+)\s+(.+)$/.exec(request.authorization ?? '') ?? [];
  switch (authentication.kind) {
    case 'basic':
      return scheme.toLowerCase() === 'basic' && isUser(authentication.users, credentials);
    case 'bearer':
      return scheme.toLowerCase() === 'bearer' && isAnyOf(authentication.tokens, credentials.trim());
    case 'hook':
      return await authentication.isAllowed(request);
    default:
      return authentication satisfies never;
  }
}

function isUser(users: Readonly<Record<string, string>>, credentials: string): boolean {
  const known = Object.entries(users).map(([user, password]) => `${user}:${password}`);
  return isAnyOf(known, Buffer.from(credentials.trim(), 'base64').toString());
}

/** Compares with all of them, each in the same time, so that how long it takes tells nothing. */
function isAnyOf(known: readonly string[], given: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest();
  const wanted = digest(given);
  return known.map(each => timingSafeEqual(digest(each), wanted)).includes(true);
}
