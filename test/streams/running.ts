// What the tests of the runtime share: topics filled and read, apps started and crashed.

import type { ExecutionContext } from 'ava';
import { type IsolationLevel, type Log, type Topic, topic } from '../../core/index.js';
import { type AppOptions, runApp, type StreamsApp, type Topology } from '../../streams/index.js';
import type { RunningApp } from '../../streams/runtime/running-app.js';

export interface Row<K = string, V = string> {
  readonly key: K | null;
  readonly value: V | null;
  readonly timestamp: number;
  readonly partition?: number;
}

export async function createTopics(log: Log, names: readonly string[], partitions: number): Promise<void> {
  const admin = log.admin();
  await admin.createTopics(names.map(name => ({ name, partitions })));
  await admin.close();
}

export async function produce<K, V>(log: Log, to: Topic<K, V>, rows: readonly Row<K, V>[]): Promise<void> {
  const producer = log.producer();
  const writer = await producer.writer(to);
  for (const { key, value, timestamp, partition } of rows) writer.append(key, value, timestamp, partition ?? -1);
  await producer.flush();
  await producer.close();
}

export interface ReadRow<K, V> {
  readonly key: K | null;
  readonly value: V | null;
  readonly timestamp: number;
  readonly partition: number;
}

/** All that a topic holds now, partition by partition. */
export async function readAll<K, V>(
  log: Log,
  from: Topic<K, V>,
  isolationLevel: IsolationLevel = 'read_committed',
): Promise<ReadRow<K, V>[]> {
  const consumer = log.consumer<K, V>({ key: from.key, value: from.value, isolationLevel });
  const admin = log.admin();
  const [description] = await admin.describeTopics([from.name]);
  await admin.close();
  const partitions = description!.partitions.map(({ partition }) => ({ topic: from.name, partition }));
  consumer.assign(partitions);
  for (const each of partitions) consumer.seek(each, 'start');
  const ends = await consumer.endOffsets(partitions);
  const rows: ReadRow<K, V>[] = [];
  for (;;) {
    const positions = await Promise.all(partitions.map(each => consumer.position(each)));
    if (positions.every((position, index) => position >= ends[index]!.offset)) break;
    for (const { key, value, timestamp, partition } of await consumer.poll({ waitMs: 100 })) {
      rows.push({ key, value, timestamp, partition });
    }
  }
  await consumer.close();
  return rows.sort((a, b) => a.partition - b.partition);
}

/** The last value of each key, deleted keys left out. */
export function compacted<K, V>(rows: readonly ReadRow<K, V>[]): Map<string, V> {
  const last = new Map<string, V>();
  for (const { key, value } of rows) {
    const name = typeof key === 'string' ? key : JSON.stringify(key);
    if (value === null) last.delete(name);
    else last.set(name, value);
  }
  return new Map([...last].sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** Committed offsets of the app's group, by `topic-partition`. */
export async function committedOffsets(log: Log, applicationId: string, names: readonly string[]): Promise<unknown> {
  const consumer = log.consumer({ groupId: applicationId });
  const admin = log.admin();
  const described = await admin.describeTopics(names);
  await admin.close();
  const partitions = described.flatMap(each =>
    each.partitions.map(({ partition }) => ({ topic: each.name, partition })),
  );
  const committed = await consumer.committed(partitions);
  await consumer.close();
  return Object.fromEntries(
    partitions.map((each, index) => [`${each.topic}-${each.partition}`, committed[index]?.offset ?? 0]),
  );
}

/** Resolves when the app has taken that many records and its sources hold no more. */
export async function caughtUp(log: Log, app: StreamsApp, recordsIn: number): Promise<void> {
  await eventually(log, async () => {
    if (app.failure !== undefined) throw app.failure;
    return app.metrics().recordsIn >= recordsIn && app.metrics().lag === 0;
  });
}

/** Resolves as soon as the condition holds; rejects when it does not within 60 s. */
export async function eventually(log: Log, condition: () => Promise<boolean>): Promise<void> {
  const { clock } = log.ports;
  const deadline = clock.monotonic() + 60_000;
  while (!(await condition())) {
    if (clock.monotonic() > deadline) throw new Error(`never: ${condition}`);
    await clock.sleep(5);
  }
}

/** Starts an app; what is still running at the end of the test is closed. */
export async function start(
  t: ExecutionContext,
  topology: Topology,
  options: AppOptions & { readonly log: Log },
): Promise<StreamsApp> {
  const app = await runApp(topology, options);
  t.teardown(() => app.close());
  return app;
}

/** Stops without a commit. */
export function crash(app: StreamsApp): Promise<void> {
  return (app as RunningApp).abandon();
}

export const lines = topic('lines');
