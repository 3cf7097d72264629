import type { ClientConfig } from 'pg';
import { ConfigError, option } from '../../connect/api/index.js';

/** How a connector reaches its database; shared by source and sink. */
export const connectionOptions = {
  'connection.url': option
    .secret()
    .optional()
    .describe('`postgres://user:password@host:port/database`. Shown nowhere, as it may hold the password.'),
  'connection.host': option.text().default('localhost').describe('Where there is no URL: the host.'),
  'connection.port': option.integer(1, 65_535).default(5432).describe('Where there is no URL: the port.'),
  'connection.database': option.text().optional().describe('Where there is no URL: the database.'),
  'connection.user': option.text().optional().describe('The user; goes before the one in the URL.'),
  'connection.password': option.secret().optional().describe('The password; goes before the one in the URL.'),
  'connection.ssl': option
    .choice(['disable', 'require', 'verify-full'])
    .default('disable')
    .describe('`require` encrypts, `verify-full` also checks the server’s certificate.'),
  'connection.timeout.ms': option.durationMs().default(10_000).describe('How long a connection may take to be made.'),
  'query.timeout.ms': option
    .durationMs()
    .default(60_000)
    .describe('How long a statement may take before the server is given up and asked again; 0: without end.'),
};

export interface ConnectionConfig {
  readonly 'connection.url'?: string | undefined;
  readonly 'connection.host': string;
  readonly 'connection.port': number;
  readonly 'connection.database'?: string | undefined;
  readonly 'connection.user'?: string | undefined;
  readonly 'connection.password'?: string | undefined;
  readonly 'connection.ssl': 'disable' | 'require' | 'verify-full';
  readonly 'connection.timeout.ms': number;
  readonly 'query.timeout.ms': number;
}

/** What the driver is given. Throws ConfigError for a URL that is none, without showing it. */
export function clientConfig(config: ConnectionConfig): ClientConfig {
  const place = placeOf(config);
  return {
    ...place,
    ...(config['connection.user'] === undefined ? {} : { user: config['connection.user'] }),
    ...(config['connection.password'] === undefined ? {} : { password: config['connection.password'] }),
    ...(config['connection.ssl'] === 'disable'
      ? {}
      : { ssl: { rejectUnauthorized: config['connection.ssl'] === 'verify-full' } }),
    connectionTimeoutMillis: config['connection.timeout.ms'],
    query_timeout: config['query.timeout.ms'] === 0 ? undefined : config['query.timeout.ms'],
    application_name: 'millrace',
    keepAlive: true,
  };
}

function placeOf(config: ConnectionConfig): ClientConfig {
  const url = config['connection.url'];
  if (url === undefined) {
    return {
      host: config['connection.host'],
      port: config['connection.port'],
      ...(config['connection.database'] === undefined ? {} : { database: config['connection.database'] }),
    };
  }
  const parsed = URL.canParse(url) ? new URL(url) : undefined;
  if (parsed === undefined || !/^postgres(ql)?:$/.test(parsed.protocol)) {
    throw new ConfigError('connection.url: must read postgres://user:password@host:port/database');
  }
  return {
    host: decodeURIComponent(parsed.hostname) || 'localhost',
    port: parsed.port === '' ? 5432 : Number(parsed.port),
    ...(parsed.pathname.length > 1 ? { database: decodeURIComponent(parsed.pathname.slice(1)) } : {}),
    ...(parsed.username === '' ? {} : { user: decodeURIComponent(parsed.username) }),
    ...(parsed.password === '' ? {} : { password: decodeURIComponent(parsed.password) }),
  };
}
