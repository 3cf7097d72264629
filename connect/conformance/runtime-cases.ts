// The same promises through the runtime: tasks that fail are restarted, partitions move between two workers, and what a reader of the topic, or the
// sink, sees at the end is what the connector promises.

import { type Log, type Producer, string } from '../../core/index.js';
import type { ConnectorHandle } from '../runtime/connector-handle.js';
import { startConnector } from '../runtime/start-connector.js';
import { expect, shown } from './conformance-failure.js';
import type { SinkPlace, SinkUnderTest, SourcePlace, SourceUnderTest } from './fixtures.js';
import { SinkTopic, topicName } from './sink-topic.js';
import { valuesOf } from './source-cases.js';
import type { Stage } from './stage.js';

const quickly = {
  'offset.flush.interval.ms': 10,
  'restart.backoff.ms': 10,
  'restart.backoff.max.ms': 50,
  'errors.retry.delay.max.ms': 100,
};
const asJson = { 'key.converter': 'json', 'value.converter': 'json' };

/** Fails each of these failpoints once, at its third hit. */
export function failingOnce(names: readonly string[]): { failpoint(name: string): void; readonly fired: Set<string> } {
  const hits = new Map<string, number>();
  const fired = new Set<string>();
  const failpoint = (name: string): void => {
    if (!names.includes(name)) return;
    const hit = (hits.get(name) ?? 0) + 1;
    hits.set(name, hit);
    if (hit !== 3) return;
    fired.add(name);
    throw new Error(`a failure at ${name}`);
  };
  return { failpoint, fired };
}

/** The stage fails around the commit of offsets; `fired` says where it did. */
export async function runSourceThroughRuntime(
  stage: Stage,
  under: SourceUnderTest,
  place: SourcePlace,
  failures: { readonly fired: ReadonlySet<string>; readonly isExactlyOnce: boolean },
): Promise<void> {
  const { isExactlyOnce, fired } = failures;
  await using admin = stage.log.admin();
  await admin.createTopics([{ name: topicName, partitions: 1 }]);
  const all: string[] = [];
  for (let life = 0; life < 2; life++) {
    await using handle = await startConnector(stage.log, {
      name: 'under-test',
      connector: under.connector,
      logger: stage.logger,
      config: {
        ...quickly,
        ...asJson,
        topic: topicName,
        ...(isExactlyOnce && { 'exactly.once.source.support': 'enabled' }),
        ...place.config,
      },
    });
    for (let part = 0; part < 8; part++) {
      const values = valuesOf(`life${life}-part${part}-`, 10);
      all.push(...values);
      await place.put(values);
      await stage.clock.sleep(15);
    }
    await stage.until('all values are in the topic', async () => hasAll(await textsIn(stage.log, under), all));
    await stage.within('stop()', handle.stop());
  }
  const texts = await textsIn(stage.log, under);
  expect(fired.size > 0, 'no failure was injected: the run shows nothing');
  const seen = new Set(texts);
  expect(seen.size === all.length, `${all.length} values were put, and ${seen.size} different ones came`);
  if (isExactlyOnce && under.repeats !== true)
    expect(texts.length === all.length, `${all.length} values were put, and ${texts.length} came: some came twice`);
}

function hasAll(texts: readonly string[], wanted: readonly string[]): boolean {
  const seen = new Set(texts);
  return wanted.every(text => seen.has(text));
}

async function textsIn(log: Log, under: SourceUnderTest): Promise<readonly string[]> {
  await using consumer = log.consumer({ key: string, value: string, isolationLevel: 'read_committed' });
  const partition = { topic: topicName, partition: 0 };
  consumer.assign([partition]);
  consumer.seek(partition, 'start');
  const [end] = await consumer.endOffsets([partition]);
  const texts: string[] = [];
  while ((await consumer.position(partition)) < end!.offset) {
    for (const { key, value } of await consumer.poll({ waitMs: 100 })) {
      const record = { key: parsed(key), value: parsed(value) };
      texts.push(under.textOf?.(record) ?? String(record.value));
    }
  }
  return texts;
}

function parsed(text: string | null): unknown {
  return text === null ? null : JSON.parse(text);
}

const partitionCount = 4;

/** A second worker joins the first, then has its partitions too, as the first goes; the sink holds what the topic says. */
export async function runSinkThroughRuntime(stage: Stage, under: SinkUnderTest, place: SinkPlace): Promise<void> {
  await using admin = stage.log.admin();
  await admin.createTopics([{ name: topicName, partitions: partitionCount }]);
  await using producer = stage.log.producer({});
  const topic = new SinkTopic(under);
  const start = (tasksMax: number): Promise<ConnectorHandle> =>
    startConnector(stage.log, {
      name: 'under-test',
      connector: under.connector,
      logger: stage.logger,
      config: {
        ...quickly,
        'key.converter': 'string',
        'value.converter': 'json',
        'tasks.max': tasksMax,
        topics: topicName,
        ...place.config,
      },
    });
  await using first = await start(1);
  await produceMore(producer, topic);
  await stage.until('records go through the first worker', () => first.progress().records > 0);
  await using second = await start(2);
  for (let round = 0; round < 3; round++) await produceMore(producer, topic);
  await stage.until('records go through the second worker', async () => {
    await produceMore(producer, topic);
    await stage.clock.sleep(100);
    return second.progress().records > 0;
  });
  await stage.within('stop()', first.stop());
  await produceMore(producer, topic);
  await stage.within('finish()', second.finish());
  topic.requireHeld(await place.content());
  const { tasks } = second.status();
  expect(
    tasks.every(({ state }) => state === 'STOPPED'),
    `the tasks are ${shown(tasks)}`,
  );
}

async function produceMore(producer: Producer, topic: SinkTopic): Promise<void> {
  const sent: Promise<unknown>[] = [];
  for (let partition = 0; partition < partitionCount; partition++) {
    const from = topic.end(partition);
    topic.fill(partition, 7);
    for (const { key, value } of topic.batch(partition, from, from + 7).records) {
      const text = JSON.stringify(value);
      sent.push(producer.send(topicName, { key: String(key), value: text, partition }));
    }
  }
  await Promise.all(sent);
}
