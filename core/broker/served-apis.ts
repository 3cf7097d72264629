// What the broker serves and advertises. The protocol room can code more, as our clients speak to newer brokers too.

import { saslHandshake } from '../protocol/17-sasl-handshake.js';
import { saslAuthenticate } from '../protocol/36-sasl-authenticate.js';
import { consumerGroupHeartbeat } from '../protocol/68-consumer-group-heartbeat.js';
import { consumerGroupDescribe } from '../protocol/69-consumer-group-describe.js';
import type { Api } from '../protocol/api.js';
import { apis } from '../protocol/api-table.js';

export type VersionsServed = readonly [min: number, max: number];

/** For clients only: they have no handler yet. */
const unserved: ReadonlySet<Api> = new Set<Api>([
  saslHandshake,
  saslAuthenticate,
  consumerGroupHeartbeat,
  consumerGroupDescribe,
]);

/** By API key. */
export const servedVersions: ReadonlyMap<number, VersionsServed> = new Map(
  apis.filter(api => !unserved.has(api)).map(api => [api.key, api.versions]),
);
