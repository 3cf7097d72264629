import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ExecutionContext } from 'ava';
import { type ConnectorHandle, type ConnectorOptions, startConnector } from '../../connect/index.js';
import { type Log, openLog } from '../../core/index.js';
import { ClusterUnderTest } from '../core/cluster-under-test.js';
import { type TestPlace, testPlaces } from '../core/places.js';

type ConnectionUnderTest = TestPlace['connection'];

/** Direct and encoded, or the network to the cluster that MILLRACE_TEST_URL names. */
export const connections: readonly ConnectionUnderTest[] = [...new Set(testPlaces.map(place => place.connection))];

/** A log that is new, closed and gone with its test: in memory, or names of its own on the cluster. */
export async function openFresh(t: ExecutionContext, connection: ConnectionUnderTest): Promise<Log> {
  if (connection === 'network') {
    const cluster = new ClusterUnderTest(process.env['MILLRACE_TEST_URL']!);
    t.teardown(() => cluster.end());
    return await cluster.open();
  }
  const log = await openLog('memory:', { connection });
  t.teardown(() => log.close());
  return log;
}

/** Stopped with its test, also with one that fails, before its log is closed. */
export async function startConnectorOf(
  t: ExecutionContext,
  log: Log,
  options: ConnectorOptions,
): Promise<ConnectorHandle> {
  const handle = await startConnector(log, options);
  t.teardown(() => handle.stop());
  return handle;
}

export function folder(): Promise<string> {
  return mkdtemp(join(tmpdir(), 'millrace-connect-'));
}

export interface Found {
  readonly key: string | null;
  readonly value: string | null;
  readonly timestamp: number;
  readonly headers: Readonly<Record<string, string>>;
}

/** All records of a topic, in the order of its partitions. */
export async function recordsOf(
  log: Log,
  topic: string,
  isolationLevel: 'read_uncommitted' | 'read_committed' = 'read_uncommitted',
): Promise<readonly Found[]> {
  await using admin = log.admin();
  const [described] = await admin.describeTopics([topic]);
  const partitions = described!.partitions.map(({ partition }) => ({ topic, partition }));
  await using consumer = log.consumer({ autoOffsetReset: 'earliest', isolationLevel });
  const found: Found[] = [];
  for (const end of await consumer.endOffsets(partitions)) {
    consumer.assign([end]);
    consumer.seek(end, 'start');
    while ((await consumer.position(end)) < end.offset) {
      for (const { key, value, timestamp, headers } of await consumer.poll({ waitMs: 100 })) {
        const texts = headers.map(header => [header.key, Buffer.from(header.value ?? []).toString()] as const);
        found.push({ key, value, timestamp, headers: Object.fromEntries(texts) });
      }
    }
  }
  return found;
}
