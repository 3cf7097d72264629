// Transforms in the configurations of running connectors.

import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'ava';
import { z } from 'zod';
import {
  DataError,
  definePredicate,
  defineTransform,
  option,
  originOf,
  type SinkRecord,
  type SourceRecord,
} from '../../connect/api/index.js';
import { chainOf, startConnector } from '../../connect/index.js';
import { fileSource } from '../../connectors/file/index.js';
import { type Log, string, topic } from '../../core/index.js';
import { connections, folder, openFresh, recordsOf, startConnectorOf } from './places.js';
import { plainSink, plainSource } from './plain-connectors.js';
import { quiet } from './quiet.js';

/** A bounded source that hands out each record in a batch of its own. */
function sourceOf(records: readonly SourceRecord[]) {
  return plainSource({
    name: 'given',
    exactlyOnceSupport: () => 'supported' as const,
    start(_config, context) {
      let next = Number(context.offset({ of: 'given' })?.['next'] ?? 0);
      return {
        poll() {
          const record = records[next];
          if (record === undefined) return 'ended';
          next++;
          return [{ partition: { of: 'given' }, offset: { next }, records: [record] }];
        },
      };
    },
  });
}

/** With `isSelfCommitting` it says itself what is durable, as sinks with transactions of their own do. */
function sinkInto(taken: SinkRecord[], isSelfCommitting = false) {
  return plainSink({
    name: 'kept',
    start: () => ({
      put: batches => void taken.push(...batches.flatMap(({ records }) => records)),
      ...(isSelfCommitting && {
        preCommit: () => taken.map(record => ({ ...originOf(record), offset: record.offset + 1 })).slice(-1),
      }),
    }),
  });
}

async function produce(log: Log, name: string, values: readonly (string | null)[]): Promise<void> {
  await using admin = log.admin();
  await admin.createTopics([{ name, partitions: 1 }], { ifNotExists: true });
  await using producer = log.producer();
  const headers = [{ key: 'seen', value: Buffer.from('007') }];
  for (const value of values) void producer.send(name, { key: 'k', value, headers });
  await producer.flush();
}

const kafka = 'org.apache.kafka.connect.transforms';

for (const connection of connections) {
  for (const support of ['disabled', 'enabled']) {
    test(`${connection}, exactly once ${support}: a source's records are routed, filtered and changed, and its bad ones kept aside`, async t => {
      const log = await openFresh(t, connection);
      const values = [{ id: 1, kind: 'a' }, { id: 2, kind: 'b' }, 'no object', { id: 3, kind: 'a' }, null];
      const source = await startConnectorOf(t, log, {
        name: 'in',
        connector: sourceOf(values.map((value, at) => ({ key: `k${at}`, value }))),
        config: {
          topic: 'raw',
          'exactly.once.source.support': support,
          'errors.deadletterqueue.topic.name': 'dead',
          transforms: 'drop,key,move',
          'transforms.drop.type': `${kafka}.Filter`,
          'transforms.drop.predicate': 'empty',
          'transforms.key.type': `${kafka}.ValueToKey`,
          'transforms.key.fields': 'kind',
          'transforms.move.type': 'RegexRouter',
          'transforms.move.regex': 'r(.*)',
          'transforms.move.replacement': 'cooked-$1',
          predicates: 'empty',
          'predicates.empty.type': `${kafka}.predicates.RecordIsTombstone`,
          'key.converter': 'json',
        },
        logger: quiet,
      });
      t.like(await source.done, { records: 5, deadLetters: 1 });
      const cooked = await recordsOf(log, 'cooked-aw');
      t.deepEqual(
        cooked.map(({ key, value }) => [key, value]).sort((a, b) => (String(a) < String(b) ? -1 : 1)),
        [
          ['{"kind":"a"}', '{"id":1,"kind":"a"}'],
          ['{"kind":"a"}', '{"id":3,"kind":"a"}'],
          ['{"kind":"b"}', '{"id":2,"kind":"b"}'],
        ],
      );
      const [letter, ...others] = await recordsOf(log, 'dead');
      t.deepEqual(others, []);
      t.is(letter!.value, 'no object');
      t.is(letter!.headers['__connect.errors.stage'], 'TRANSFORMATION');
      t.is(letter!.headers['__connect.errors.class.name'], `${kafka}.ValueToKey`);
      t.regex(letter!.headers['__connect.errors.exception.message']!, /transform key: Only Map objects supported/);
      const offset = (await recordsOf(log, 'connect-offsets')).at(-1)!;
      t.deepEqual(JSON.parse(offset.value!), { next: 5 }, 'what was filtered out is behind it');
    });
  }

  test(`${connection}: a sink's bad record goes to the dead letters as it was read, and what is left out is committed`, async t => {
    const log = await openFresh(t, connection);
    await produce(log, 'orders', ['{"id":1}', '[]', '{"id":2}', '{"id":3,"skip":true}', null]);
    for (const isSelfCommitting of [false, true]) {
      const taken: SinkRecord[] = [];
      const name = `out-${isSelfCommitting}`;
      const sink = await startConnectorOf(t, log, {
        name,
        connector: sinkInto(taken, isSelfCommitting),
        config: {
          topics: 'orders',
          'errors.deadletterqueue.topic.name': `dead-${isSelfCommitting}`,
          transforms: ['route', 'who', 'empty', 'skip'],
          'transforms.route.type': 'RegexRouter',
          'transforms.route.regex': 'orders',
          'transforms.route.replacement': 'bills',
          'transforms.who.type': 'InsertField$Value',
          'transforms.who.offset.field': 'at',
          'transforms.empty.type': 'Filter',
          'transforms.empty.predicate': 'tombstone',
          'transforms.skip.type': 'skip',
          'transforms.skip.field': 'skip',
          predicates: 'tombstone',
          'predicates.tombstone.type': 'RecordIsTombstone',
        },
        plugins: [skip],
        logger: quiet,
      });
      t.like(await sink.finish(), { records: 2, deadLetters: 1 });
      t.deepEqual(
        taken.map(record => [record.topic, originOf(record).topic, record.offset, record.value]),
        [
          ['bills', 'orders', 0, { id: 1, at: 0 }],
          ['bills', 'orders', 2, { id: 2, at: 2 }],
        ],
      );
      t.deepEqual(taken[0]!.headers, [{ key: 'seen', value: Buffer.from('007') }], 'the very bytes');
      const [letter] = await recordsOf(log, `dead-${isSelfCommitting}`);
      t.is(letter!.value, '[]');
      t.like(letter!.headers, {
        seen: '007',
        '__connect.errors.topic': 'orders',
        '__connect.errors.offset': '1',
        '__connect.errors.stage': 'TRANSFORMATION',
      });
      await using admin = log.admin();
      const [group] = await admin.describeGroups([`connect-${name}`]);
      t.like(group!.offsets[0], { topic: 'orders', committedOffset: 5 });
    }
  });
}

/** Promises now and then, so that both ways are gone. */
const skip = defineTransform({
  name: 'skip',
  description: 'Leaves out what says so.',
  config: z.object({ field: option.text().describe('The field that says so.') }),
  start:
    ({ field }) =>
    record => {
      const { value } = record.value;
      const left = (value as Record<string, unknown> | null)?.[field] === true ? undefined : record;
      return record.offset === 2 ? Promise.resolve(left) : left;
    },
});

const failing = defineTransform({
  name: 'failing',
  description: 'Fails, later or at once.',
  config: z.object({ later: option.boolean().default(false).describe('Later.') }),
  start:
    ({ later }) =>
    record => {
      if (record.value.value !== 'bad') return record;
      if (later) return Promise.reject(new DataError('this one is bad'));
      throw new DataError('this one is bad');
    },
});

test('without dead letters a transform’s failure is the task’s, and names transform and record', async t => {
  const log = await openFresh(t, 'direct');
  for (const later of [true, false]) {
    await produce(log, `texts-${later}`, ['good', 'bad', 'good']);
    const taken: SinkRecord[] = [];
    const sink = await startConnectorOf(t, log, {
      name: `out-${later}`,
      connector: sinkInto(taken),
      topic: topic(`texts-${later}`, { key: string, value: string }),
      config: { transforms: 'f', 'transforms.f.type': 'failing', 'transforms.f.later': later },
      plugins: [failing],
      logger: quiet,
    });
    await t.throwsAsync(sink.done, { message: /texts-\w+-0 offset 1: transform f: this one is bad\n.*dead/s });
  }
});

test('hundreds of promises keep the order of the records', async t => {
  const log = await openFresh(t, 'direct');
  const file = join(await folder(), 'lines.txt');
  const lines = Array.from({ length: 1_000 }, (_, at) => `line ${at}`);
  await writeFile(file, `${lines.join('\n')}\n`);
  const slow = defineTransform({
    name: 'slow',
    description: 'Takes its time, less and less.',
    config: z.object({}),
    start: () => async record => {
      const at = Number(String(record.value.value).split(' ')[1]);
      for (let turns = (1_000 - at) % 7; turns > 0; turns--) await Promise.resolve();
      return at % 10 === 0 ? undefined : record;
    },
  });
  const source = await startConnectorOf(t, log, {
    name: 'in',
    connector: fileSource,
    config: {
      file,
      format: 'lines',
      mode: 'once',
      topic: 'lines',
      'value.converter': 'string',
      transforms: 's',
      'transforms.s.type': 'slow',
    },
    plugins: [slow],
    logger: quiet,
  });
  await source.done;
  const found = (await recordsOf(log, 'lines')).map(({ value }) => value);
  t.deepEqual(
    found,
    lines.filter((_, at) => at % 10 !== 0),
  );
});

test('a chain that cannot be meant is refused by name, with the nearest valid word', async t => {
  const log = await openFresh(t, 'direct');
  const start = (config: Record<string, unknown>) =>
    startConnector(log, {
      name: 'in',
      connector: sourceOf([]),
      config: { topic: 'raw', ...config },
      plugins: [skip, always],
      logger: quiet,
    });
  const refused: readonly (readonly [Record<string, unknown>, RegExp])[] = [
    [{ transforms: 'a' }, /transforms\.a\.type: this option is required/],
    [{ transforms: 'a,a' }, /transforms: "a" stands there twice/],
    [{ transforms: 'a', 'transforms.a.type': 'ValueToKy' }, /there is no transform "ValueToKy".*ValueToKey/],
    [{ transforms: 'a', 'transforms.a.type': 'InsertField' }, /InsertField\$Key or InsertField\$Value/],
    [{ transforms: 'a', 'transforms.a.type': 'ValueToKey' }, /transforms\.a\.fields: this option is required/],
    [
      { transforms: 'a', 'transforms.a.type': 'skip', 'transforms.a.field': 'x', 'transforms.a.feld': 'x' },
      /transforms\.a\.feld: there is no such option.*field/,
    ],
    [
      { transforms: 'a', 'transforms.a.type': 'Filter', 'transforms.a.predicate': 'tombston', predicates: 'tombstone' },
      /predicates\.tombstone\.type: this option is required/,
    ],
    [
      {
        transforms: 'a',
        'transforms.a.type': 'Filter',
        'transforms.a.predicate': 'tombston',
        predicates: 'tombstone',
        'predicates.tombstone.type': 'always',
      },
      /transforms\.a\.predicate: "tombston" is not one of the names in predicates.*tombstone/,
    ],
    [{ transforms: 'a', 'transforms.a.type': 'Filter', 'transforms.a.negate': 'true' }, /defining a predicate/],
  ];
  for (const [config, message] of refused) await t.throwsAsync(start(config), { message });
});

const always = definePredicate({
  name: 'always',
  description: 'Holds, after a while.',
  config: z.object({}),
  start: () => () => Promise.resolve(true),
});

test('a predicate may give a promise', async t => {
  const config = {
    transforms: 'a',
    'transforms.a.type': 'DropHeaders',
    'transforms.a.headers': 'h',
    'transforms.a.predicate': 'p',
    predicates: 'p',
    'predicates.p.type': 'always',
  };
  const nothing = { schema: undefined, value: null };
  const record = {
    topic: 't',
    partition: 0,
    offset: 0,
    timestamp: 0,
    key: nothing,
    value: nothing,
    headers: [{ key: 'h', ...nothing }],
  };
  const plain = chainOf(config, [always]);
  t.deepEqual((await plain.apply(record))?.headers, []);
  const negated = chainOf({ ...config, 'transforms.a.negate': true }, [always]);
  t.deepEqual(await negated.apply(record), record);
});
