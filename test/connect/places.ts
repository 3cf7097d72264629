import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type ConnectionMode, type Log, openLog } from '../../core/index.js';

export const connections: readonly ConnectionMode[] = ['direct', 'encoded'];

export function openMemory(connection: ConnectionMode): Promise<Log> {
  return openLog('memory:', { connection });
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
export async function recordsOf(log: Log, topic: string): Promise<readonly Found[]> {
  await using admin = log.admin();
  const [described] = await admin.describeTopics([topic]);
  const partitions = described!.partitions.map(({ partition }) => ({ topic, partition }));
  await using consumer = log.consumer({ autoOffsetReset: 'earliest' });
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
