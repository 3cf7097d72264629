// What a run has left for its readers, in a form in which two runs can be compared: the results of each key in their order, the changelogs as
// compaction would leave them, and what the stores hold when the app is started again.

import { json, type Log, type Serde, string, type Topic, topic } from '../../../core/index.js';
import { runApp } from '../../../streams/index.js';
import { quotesTopology } from './quotes.js';

export interface Outcome {
  readonly words: ReadonlyMap<string, readonly number[]>;
  readonly minutes: ReadonlyMap<string, readonly number[]>;
  readonly changelogs: ReadonlyMap<string, ReadonlyMap<string, unknown>>;
  readonly stores: ReadonlyMap<string, unknown>;
}

export interface Run {
  readonly applicationId: string;
  readonly words: Topic<string, number>;
  readonly minutes: Topic<string, number>;
  readonly stateDirectory?: string;
}

export async function readOutcome(log: Log, run: Run): Promise<Outcome> {
  const changelog = <V>(store: string, value: Serde<V>) =>
    readLast(log, topic(`${run.applicationId}-${store}-changelog`, { key: hex, value }));
  return {
    words: await readSequences(log, run.words),
    minutes: await readSequences(log, run.minutes),
    changelogs: new Map([
      ['words', await changelog('words', run.words.value)],
      ['minutes', await changelog('minutes', json<unknown>())],
      ['exchanges', await changelog('exchanges', string)],
    ]),
    stores: await readStores(log, run),
  };
}

/** The first difference, in words; undefined when they are equal. */
export function difference(actual: Outcome, expected: Outcome): string | undefined {
  for (const part of ['words', 'minutes', 'stores'] as const) {
    const found = mapDifference(actual[part], expected[part]);
    if (found !== undefined) return `${part}: ${found}`;
  }
  for (const [store, expectedRows] of expected.changelogs) {
    const found = mapDifference(actual.changelogs.get(store)!, expectedRows);
    if (found !== undefined) return `changelog of ${store}: ${found}`;
  }
  return undefined;
}

function mapDifference(
  actual: ReadonlyMap<string, unknown>,
  expected: ReadonlyMap<string, unknown>,
): string | undefined {
  for (const key of new Set([...expected.keys(), ...actual.keys()])) {
    const [is, should] = [JSON.stringify(actual.get(key)), JSON.stringify(expected.get(key))];
    if (is === should) continue;
    return `"${key}" is ${around(is, should)}, expected ${around(should, is)}`;
  }
  return undefined;
}

/** A long text from where it differs. */
function around(text = 'missing', other = ''): string {
  let at = 0;
  while (at < text.length && text[at] === other[at]) at++;
  return text.slice(Math.max(0, at - 20), at + 40);
}

const hex: Serde<string> = {
  name: 'hex',
  write: () => {
    throw new TypeError('only read');
  },
  read: (bytes, start, end) => Buffer.from(bytes.subarray(start, end)).toString('hex'),
};

async function readSequences(log: Log, from: Topic<string, number>): Promise<Map<string, number[]>> {
  const sequences = new Map<string, number[]>();
  await readCommitted(log, from, (key, value) => {
    const sequence = sequences.get(key);
    if (sequence === undefined) sequences.set(key, [value!]);
    else sequence.push(value!);
  });
  return sequences;
}

async function readLast<V>(log: Log, from: Topic<string, V>): Promise<Map<string, V>> {
  const last = new Map<string, V>();
  await readCommitted(log, from, (key, value) => {
    if (value === null) last.delete(key);
    else last.set(key, value);
  });
  return last;
}

/** All that a reader of committed records sees, once every transaction has ended. */
async function readCommitted<V>(
  log: Log,
  from: Topic<string, V>,
  visit: (key: string, value: V | null) => void,
): Promise<void> {
  await using admin = log.admin();
  await using ends = log.consumer();
  await using consumer = log.consumer<string, V>({
    key: from.key,
    value: from.value,
    isolationLevel: 'read_committed',
  });
  const [description] = await admin.describeTopics([from.name]);
  const partitions = description!.partitions.map(({ partition }) => ({ topic: from.name, partition }));
  consumer.assign(partitions);
  for (const each of partitions) consumer.seek(each, 'start');
  const last = await ends.endOffsets(partitions);
  for (;;) {
    const positions = await Promise.all(partitions.map(each => consumer.position(each)));
    if (positions.every((position, index) => position >= last[index]!.offset)) return;
    for (const { key, value } of await consumer.poll({ waitMs: 100 })) visit(key!, value);
  }
}

async function readStores(
  log: Log,
  { applicationId, words, minutes, stateDirectory }: Run,
): Promise<Map<string, unknown>> {
  const app = await runApp(quotesTopology(applicationId, { words: words.name, minutes: minutes.name }), {
    log,
    processingGuarantee: 'exactly_once',
    ...(stateDirectory !== undefined && { stateDirectory }),
  });
  const { clock } = log.ports;
  while (app.metrics().tasks < 12) await clock.sleep(20);
  const rows = new Map<string, unknown>();
  for await (const [word, count] of app.keyValueStore<string, number>('words').all()) rows.set(`word ${word}`, count);
  for await (const { key, startMs, value } of app.windowStore('minutes').all()) rows.set(`${key} ${startMs}`, value);
  for await (const [key, name] of app.keyValueStore<string, string>('exchanges').all()) rows.set(`name ${key}`, name);
  await app.close();
  return rows;
}
