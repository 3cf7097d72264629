import { isIPv4, isIPv6 } from 'node:net';
import { UsageError } from '../../core/index.js';

export interface ListenAddress {
  readonly host: string;
  readonly port: number;
  /** Over TLS. */
  readonly isEncrypted?: boolean;
}

/** Whether only this machine can reach a server that listens there. A name other than localhost may be any address. */
export function isLoopback(host: string): boolean {
  if (isIPv4(host)) return host.startsWith('127.');
  if (isIPv6(host)) return host === '::1';
  return host === 'localhost';
}

/** Reads Kafka Connect's `listeners`, such as `http://127.0.0.1:8083`. An empty host is every interface, as in Kafka Connect. */
export function listenAddress(listener: string): ListenAddress {
  const match = /^(https?):\/\/(\[[0-9a-fA-F:.]+\]|[^:/[\]]*):(\d+)\/?$/i.exec(listener.trim());
  if (match === null) throw new UsageError(`listeners: "${listener}" is no address: write http://127.0.0.1:8083`);
  const port = Number(match[3]);
  if (port > 65_535) throw new UsageError(`listeners: ${listener}: a port is at most 65535`);
  const host = match[2]!.replace(/^\[|\]$/g, '');
  const isEncrypted = match[1]!.toLowerCase() === 'https';
  return { host: host === '' ? '0.0.0.0' : host, port, ...(isEncrypted && { isEncrypted }) };
}

/** Throws UsageError for an address that others can reach, without authentication: who gets in can read and write whatever connectors can. */
export function requireSafeBind({ host, port }: ListenAddress, hasAuthentication: boolean): void {
  if (hasAuthentication || isLoopback(host)) return;
  throw new UsageError(
    `the REST API will not listen on ${host}:${port} without authentication, as anyone who reaches it could run connectors: listen on 127.0.0.1, or set rest.authentication=basic with rest.basic.users, or rest.authentication=bearer with rest.bearer.tokens`,
  );
}
