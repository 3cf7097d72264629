import { option } from '../../connect/api/index.js';
import { readRedisUri } from './redis-uri.js';

/** How a connector reaches its Redis; shared by source and sink. */
export const redisConnectionOptions = {
  'redis.uri': option
    .secret()
    .superRefine((uri, context) => {
      try {
        readRedisUri(uri);
      } catch (error) {
        context.addIssue({ code: 'custom', message: (error as Error).message });
      }
    })
    .default('redis://localhost:6379')
    .describe(
      '`redis://user:password@host:port/database`, `rediss://` for TLS. Shown nowhere, as it may hold the password.',
    ),
  'redis.username': option.text().optional().describe('The user; goes before the one in the URI.'),
  'redis.password': option.secret().optional().describe('The password; goes before the one in the URI.'),
  'redis.cluster.enabled': option
    .boolean()
    .default(false)
    .describe('The URI names a node of a Redis cluster. A cluster has no transaction over its slots: at least once.'),
  'redis.sentinel.nodes': option
    .list()
    .default([])
    .describe('`host:port` of sentinels, which are asked for the master.'),
  'redis.sentinel.master': option.text().default('mymaster').describe('What the sentinels call the master.'),
  'redis.tls.verify': option.boolean().default(true).describe('Whether the certificate of the server is checked.'),
  'redis.auth.retry.timeout.ms': option
    .durationMs()
    .default(60_000)
    .describe(
      'How long a running task whose user or password is not taken any more tries again, as passwords may be in the middle of a change; then it fails. At the start it fails at once.',
    ),
  'redis.connect.timeout.ms': option
    .durationMs()
    .default(10_000)
    .describe('How long a connection may take to be made.'),
  'redis.timeout.ms': option.durationMs().default(10_000).describe('How long an answer may take.'),
};

export interface RedisConnectionConfig {
  readonly 'redis.uri': string;
  readonly 'redis.username'?: string | undefined;
  readonly 'redis.password'?: string | undefined;
  readonly 'redis.cluster.enabled': boolean;
  readonly 'redis.sentinel.nodes': readonly string[];
  readonly 'redis.sentinel.master': string;
  readonly 'redis.tls.verify': boolean;
  readonly 'redis.auth.retry.timeout.ms': number;
  readonly 'redis.connect.timeout.ms': number;
  readonly 'redis.timeout.ms': number;
}
