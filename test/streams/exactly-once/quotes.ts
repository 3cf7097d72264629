// What the exactly-once tests count: real quotes of one trading day. Words over a repartition; and quotes of each exchange and minute, joined to a
// table of exchanges, over another. Every result names what it counted and is sent anew with each record, so a record lost or counted twice
// anywhere shows in the sequence of its key.

import { readFileSync } from 'node:fs';
import { int64, json, type Log, string, topic } from '../../../core/index.js';
import { nodePorts } from '../../../core/platform/node-ports.js';
import { type Topology, topology, tumbling } from '../../../streams/index.js';

export const quotes = topic('quotes');
export const exchanges = topic('exchanges');
export const wordCounts = topic('word-counts', { value: int64 });
export const minuteCounts = topic('minute-counts', { value: int64 });

export const partitionCount = 4;
const file = `${process.env['MILLRACE_TEST_DATA']}/ibm_quotes.csv`;

interface Quotes {
  readonly exchange: string;
  readonly count: number;
}

export function quotesTopology(applicationId: string, results: { words: string; minutes: string }): Topology {
  const build = topology(applicationId);
  const lines = build.stream(quotes);
  lines
    .flatMapValues(wordsOf, { value: string })
    .groupBy(word => word, { key: string })
    .count({ name: 'words', backing: 'disk' })
    .toStream()
    .to(topic(results.words, { value: int64 }));
  lines
    .selectKey(exchangeOf, { key: string })
    .join(build.table(exchanges), (_line, name) => name, { name: 'name', result: string })
    .groupByKey()
    .windowedBy(tumbling('1m', { grace: '1d' }))
    .aggregate({
      name: 'minutes',
      backing: 'disk',
      value: json<Quotes>(),
      init: () => ({ exchange: '', count: 0 }),
      add: (quotes, exchange) => ({ exchange, count: quotes.count + 1 }),
    })
    .toStream()
    .map(({ exchange, count }, { startMs }) => [`${exchange} ${startMs}`, count], { key: string, value: int64 })
    .to(topic(results.minutes, { value: int64 }));
  return build;
}

/** The price and the exchange, of each quote. */
function wordsOf(line: string): string[] {
  const [, bid, , ask] = line.split(',');
  return [bid === '0' ? `ask ${ask}` : `bid ${bid}`, exchangeOf(line)];
}

function exchangeOf(line: string): string {
  return line.split(',')[5]!;
}

export function readQuotes(): readonly string[] {
  return readFileSync(file, 'utf8').trim().split('\n');
}

export function nameOf(exchange: string): string {
  return `exchange ${exchange}`;
}

/** Kafka drops from a windowed changelog what is older than its windows, by the clock of the wall: the day of the quotes is yesterday. */
const dayMs = 86_400_000;
const midnightMs = (Math.floor(nodePorts().clock.now() / dayMs) - 1) * dayMs;

function timeOf(line: string): number {
  return midnightMs + Number(line.slice(0, line.indexOf(',')));
}

/** Round-robin over the partitions. */
export async function produceQuotes(log: Log, lines: readonly string[], from: number, to: number): Promise<void> {
  await using producer = log.producer();
  const writer = await producer.writer(quotes);
  for (let index = from; index < to; index++) {
    const line = lines[index]!;
    writer.append(null, line, timeOf(line), index % partitionCount);
  }
  await producer.flush();
}

/** The table is complete before the first quote, and older than all of them. */
export async function produceExchanges(log: Log, lines: readonly string[]): Promise<void> {
  await using producer = log.producer();
  const writer = await producer.writer(exchanges);
  for (const exchange of new Set(lines.map(exchangeOf))) writer.append(exchange, nameOf(exchange), 0);
  await producer.flush();
}

/** What is counted, counted without streams: the last result of each key. */
export function countPlainly(lines: readonly string[]): { words: Map<string, number>; minutes: Map<string, number> } {
  const words = new Map<string, number>();
  const minutes = new Map<string, number>();
  const add = (counts: Map<string, number>, key: string) => counts.set(key, (counts.get(key) ?? 0) + 1);
  for (const line of lines) {
    for (const word of wordsOf(line)) add(words, word);
    const startMs = Math.floor(timeOf(line) / 60_000) * 60_000;
    add(minutes, `${nameOf(exchangeOf(line))} ${startMs}`);
  }
  return { words, minutes };
}
