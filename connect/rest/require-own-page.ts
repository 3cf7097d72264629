import { HttpFault } from './http-fault.js';
import { isLoopback } from './listen-address.js';

/**
 * Without authentication, what guards the API is that only this machine reaches it; a web page in a browser on this machine does as well. So the request has
 * to name this machine (a page that rebinds its own name does not) and must not come from a page of somebody else. Throws HttpFault 403.
 */
export function requireOwnPage(host: string | undefined, origin: string | undefined): void {
  if (host !== undefined && !isLoopback(hostName(host))) {
    throw new HttpFault(403, `Without authentication only requests to localhost are taken, not to ${host}`);
  }
  if (origin !== undefined && !isLoopbackOrigin(origin)) {
    throw new HttpFault(403, `Without authentication no request of a page at ${origin} is taken`);
  }
}

function hostName(host: string): string {
  return host.replace(/:\d+$/, '').replace(/^\[|\]$/g, '');
}

function isLoopbackOrigin(origin: string): boolean {
  return URL.canParse(origin) && isLoopback(hostName(new URL(origin).hostname));
}
