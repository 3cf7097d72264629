// What a run has left behind: its output topics as a read_committed reader sees them, its changelogs compacted, its stores. Bytes are kept as
// strings of one character a byte, so that they can be compared, sorted and shown.

import { type ConsumerOptions, type ConsumerRecord, type Disk, type Log, bytes as raw } from '../../core/index.js';
import { changelogTopicName } from '../topology/internal-topics.js';
import type { AnySerde, TopologyPlan } from '../topology/plan.js';
import { decoded } from './stored-record.js';

export interface CrashOutcome {
  /** Records by topic, partition and key, in order. */
  readonly outputs: ReadonlyMap<string, readonly OutputRecord[]>;
  /** The last value of each key, by topic, partition and key. */
  readonly changelogs: ReadonlyMap<string, string>;
  /** The rows of all stores on disk, as JSON. */
  readonly stores: string;
}

export interface OutputRecord {
  readonly value: string | null;
  /** The value as its serde reads it, for people. */
  readonly shown: string;
}

type BytesRecord = ConsumerRecord<Uint8Array, Uint8Array>;

export interface OutcomePlace {
  readonly plan: TopologyPlan;
  readonly applicationId: string;
  /** Of the stores. */
  readonly stateFile: string;
}

export function outputTopics(plan: TopologyPlan): readonly string[] {
  return [...new Set(plan.nodes.flatMap(node => (node.kind === 'sink' && !node.isInternal ? [node.topic] : [])))];
}

export async function readOutcome(log: Log, place: OutcomePlace): Promise<CrashOutcome> {
  const { plan, applicationId } = place;
  const outputs = new Map<string, OutputRecord[]>();
  const changelogs = new Map<string, string>();
  const sinks = new Map(plan.nodes.flatMap(node => (node.kind === 'sink' ? [[node.topic, node] as const] : [])));
  const written = outputTopics(plan);
  const logged = plan.stores.flatMap(({ isLogged, name }) =>
    isLogged ? [changelogTopicName(applicationId, name)] : [],
  );
  for (const record of await readAll(log, [...new Set([...written, ...logged])])) {
    if (written.includes(record.topic)) {
      const { keySerde, valueSerde } = sinks.get(record.topic)!;
      const place = `${record.topic}-${record.partition}, key ${shown(keySerde, record.key)}`;
      const records = outputs.get(place) ?? [];
      records.push({ value: textOf(record.value), shown: shown(valueSerde, record.value) });
      outputs.set(place, records);
    }
    if (logged.includes(record.topic)) {
      const value = textOf(record.value);
      if (value === null) changelogs.delete(placeOf(record));
      else changelogs.set(placeOf(record), value);
    }
  }
  return { outputs, changelogs, stores: readStores(log.ports.disk, place.stateFile) };
}

/** All that is committed in these topics, each partition in its order. */
async function readAll(log: Log, topics: readonly string[]): Promise<readonly BytesRecord[]> {
  if (topics.length === 0) return [];
  const admin = log.admin();
  const described = await admin.describeTopics(topics);
  const places = described.flatMap(({ name, partitions }) =>
    partitions.map(({ partition }) => ({ topic: name, partition })),
  );
  const starts = await admin.listOffsets(places, 'start');
  // The very end, so that what belongs to a transaction whose end is on its way is waited for.
  const ends = await admin.listOffsets(places, 'end');
  await admin.close();
  const options: ConsumerOptions<Uint8Array, Uint8Array> = { key: raw, value: raw, isolationLevel: 'read_committed' };
  const consumer = log.consumer<Uint8Array, Uint8Array>(options);
  consumer.assign(places);
  for (const [index, place] of places.entries()) consumer.seek(place, starts[index]?.offset ?? 0);
  const records: BytesRecord[] = [];
  for (;;) {
    const positions = await Promise.all(places.map(place => consumer.position(place)));
    if (positions.every((position, index) => position >= (ends[index]?.offset ?? 0))) break;
    records.push(...(await consumer.poll({ waitMs: 100 })));
  }
  await consumer.close();
  return records;
}

function readStores(disk: Disk, path: string): string {
  if (!disk.exists(path)) return '';
  const { tables } = JSON.parse(Buffer.from(disk.readFile(path)).toString()) as { tables: Record<string, unknown> };
  return JSON.stringify(Object.entries(tables).sort(([a], [b]) => (a < b ? -1 : 1)));
}

function placeOf({ topic, partition, key }: BytesRecord): string {
  return `${topic}-${partition}, key ${JSON.stringify(textOf(key))}`;
}

function shown(serde: AnySerde, bytes: Uint8Array | null): string {
  const value = decoded(serde, bytes);
  return typeof value === 'bigint' ? String(value) : JSON.stringify(value);
}

function textOf(bytes: Uint8Array | null): string | null {
  return bytes === null ? null : Buffer.from(bytes).toString('latin1');
}
