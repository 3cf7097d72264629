// What the broker serves and advertises. The protocol room can code more, as our clients speak to newer brokers too.

import { produce } from '../protocol/00-produce.js';
import { saslHandshake } from '../protocol/17-sasl-handshake.js';
import { addPartitionsToTxn } from '../protocol/24-add-partitions-to-txn.js';
import { addOffsetsToTxn } from '../protocol/25-add-offsets-to-txn.js';
import { endTxn } from '../protocol/26-end-txn.js';
import { writeTxnMarkers } from '../protocol/27-write-txn-markers.js';
import { txnOffsetCommit } from '../protocol/28-txn-offset-commit.js';
import { alterConfigs } from '../protocol/33-alter-configs.js';
import { saslAuthenticate } from '../protocol/36-sasl-authenticate.js';
import { describeProducers } from '../protocol/61-describe-producers.js';
import { describeTransactions } from '../protocol/65-describe-transactions.js';
import { listTransactions } from '../protocol/66-list-transactions.js';
import { consumerGroupHeartbeat } from '../protocol/68-consumer-group-heartbeat.js';
import { consumerGroupDescribe } from '../protocol/69-consumer-group-describe.js';
import type { Api } from '../protocol/api.js';
import { apis } from '../protocol/api-table.js';

export type VersionsServed = readonly [min: number, max: number];

/** For clients only: they have no handler yet. */
const unserved: ReadonlySet<Api> = new Set<Api>([
  saslHandshake,
  addPartitionsToTxn,
  addOffsetsToTxn,
  endTxn,
  writeTxnMarkers,
  txnOffsetCommit,
  alterConfigs,
  saslAuthenticate,
  describeProducers,
  describeTransactions,
  listTransactions,
  consumerGroupHeartbeat,
  consumerGroupDescribe,
]);

/** Where the broker serves fewer versions than can be coded: up to these. */
const maxima: ReadonlyMap<Api, number> = new Map<Api, number>([[produce, 11]]);

/** By API key. */
export const servedVersions: ReadonlyMap<number, VersionsServed> = new Map(
  apis
    .filter(api => !unserved.has(api))
    .map(api => [api.key, [api.versions[0], maxima.get(api) ?? api.versions[1]] as const]),
);
