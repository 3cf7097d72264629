import type { ClientConfig } from 'pg';
import { option } from '../../connect/api/index.js';
import { type PostgresPlace, readPostgresUrl } from './postgres-url.js';

/** How a connector reaches its database; shared by source and sink. */
export const connectionOptions = {
  'connection.url': option
    .secret()
    .superRefine((url, context) => {
      try {
        readPostgresUrl(url);
      } catch (error) {
        context.addIssue({ code: 'custom', message: (error as Error).message });
      }
    })
    .optional()
    .describe(
      '`postgres://user:password@host:port/database`, also with `jdbc:` before it, and with `?sslmode=`. Shown nowhere, as it may hold the password.',
    ),
  'connection.host': option.text().default('localhost').describe('Where there is no URL: the host.'),
  'connection.port': option.integer(1, 65_535).default(5432).describe('Where there is no URL: the port.'),
  'connection.database': option.text().optional().describe('Where there is no URL: the database.'),
  'connection.user': option.text().optional().describe('The user; goes before the one in the URL.'),
  'connection.password': option.secret().optional().describe('The password; goes before the one in the URL.'),
  'connection.ssl': option
    .choice(['disable', 'require', 'verify-full'])
    .default('disable')
    .describe(
      '`require` encrypts, `verify-full` also checks the server’s certificate. Of this and the `sslmode` of the URL the stricter counts.',
    ),
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

/** What the driver is given. */
export function clientConfig(config: ConnectionConfig): ClientConfig {
  const { ssl, ...place } = placeOf(config);
  return {
    ...place,
    ...(config['connection.user'] === undefined ? {} : { user: config['connection.user'] }),
    ...(config['connection.password'] === undefined ? {} : { password: config['connection.password'] }),
    ...(ssl === 'disable' ? {} : { ssl: { rejectUnauthorized: ssl === 'verify-full' } }),
    connectionTimeoutMillis: config['connection.timeout.ms'],
    query_timeout: config['query.timeout.ms'] === 0 ? undefined : config['query.timeout.ms'],
    application_name: 'millrace',
    keepAlive: true,
  };
}

const byStrictness = ['disable', 'require', 'verify-full'] as const;

function placeOf(config: ConnectionConfig): Partial<PostgresPlace> {
  const url = config['connection.url'];
  const ssl = config['connection.ssl'];
  if (url !== undefined) {
    const place = readPostgresUrl(url);
    return { ...place, ssl: byStrictness.findLast(each => each === ssl || each === place.ssl)! };
  }
  const database = config['connection.database'];
  const [host, port] = [config['connection.host'], config['connection.port']];
  return { host, port, ssl, ...(database !== undefined && { database }) };
}
