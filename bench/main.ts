// npm run bench [-- NAME ...] [--rounds N] [--records N]: names are produce, consume, filter-map, windowed-count, file-source, json-pass-through,
// event-loop (default: all), postgres-sink and pipeline, which start a PostgreSQL (or take MILLRACE_PG_URL), clients --bootstrap HOST:PORT
// [--bytes 100,1024] [--partitions 4], which needs a Kafka broker, and redis-sink, which needs redis-server and redis-benchmark in the PATH.
// Also idle-connectors [--connectors N] [--seconds N].

import { parseArgs } from 'node:util';
import { didYouMean, UsageError } from '../core/index.js';
import { benchClients } from './clients/bench-clients.js';
import { benchConsume, benchProduce } from './embedded-log.js';
import { endBySignal } from './ended-by-signal.js';
import { benchEventLoop } from './event-loop.js';
import { benchFileSource } from './file-source.js';
import { benchIdleConnectors } from './idle-connectors.js';
import { benchJsonPassThrough } from './json-pass-through.js';
import { benchPipeline } from './pipeline.js';
import { benchPostgresSink } from './postgres-sink.js';
import { benchRedisSink } from './redis-sink.js';
import { benchFilterMap, benchWindowedCount } from './streams.js';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    rounds: { type: 'string' },
    records: { type: 'string' },
    bootstrap: { type: 'string' },
    bytes: { type: 'string', default: '100,1024' },
    partitions: { type: 'string', default: '4' },
    connectors: { type: 'string', default: '1000' },
    seconds: { type: 'string', default: '120' },
  },
});
const rounds = Number(values.rounds ?? 9);
const recordCount = Number(values.records ?? 500_000);

const benches: Readonly<Record<string, () => Promise<string>>> = {
  produce: () => benchProduce(recordCount, rounds),
  consume: () => benchConsume(recordCount, rounds),
  'filter-map': () => benchFilterMap(recordCount, rounds),
  'windowed-count': async () =>
    [
      await benchWindowedCount({ recordCount, keyCount: 10_000 }, rounds),
      await benchWindowedCount({ recordCount, keyCount: 1_000_000 }, rounds),
    ].join('\n'),
  'file-source': () => benchFileSource(recordCount, rounds),
  'json-pass-through': () => benchJsonPassThrough(recordCount, rounds),
  'event-loop': () => benchEventLoop(10),
  'idle-connectors': () => benchIdleConnectors(Number(values.connectors), Number(values.seconds)),
};

/** Not among those that run without a name: they need a server of their own. */
const withServers: Readonly<Record<string, () => Promise<string>>> = {
  pipeline: () => benchPipeline(Math.min(recordCount, 200_000), rounds),
  'postgres-sink': () => benchPostgresSink(Math.min(recordCount, 1_000_000), rounds),
  'redis-sink': () => benchRedisSink(recordCount, rounds),
};

/** The same: it needs a broker. */
async function runClients(): Promise<void> {
  const { bootstrap } = values;
  if (bootstrap === undefined)
    throw new UsageError('the bench "clients" needs a Kafka broker: give it --bootstrap HOST:PORT');
  // Fewer are over before the clients are compiled.
  const size = {
    recordCount: Number(values.records ?? 1_000_000),
    valueBytes: values.bytes.split(',').map(Number),
    partitionCount: Number(values.partitions),
    rounds: Number(values.rounds ?? 5),
  };
  for await (const text of benchClients(bootstrap, size)) console.log(text);
}

/** Without it a bench whose server or sink never answers would end without a word, as nothing is left to wait for. */
let unfinished: string | undefined;
endBySignal(() => (unfinished = undefined));
process.on('exit', () => {
  if (unfinished === undefined) return;
  console.error(
    `the bench "${unfinished}" ended before it had measured anything to the end: something it waited for never came`,
  );
  process.exitCode = 1;
});

async function run(name: string): Promise<void> {
  const bench = benches[name] ?? withServers[name];
  if (name === 'clients') await runClients();
  else if (bench !== undefined) console.log(await bench());
  else
    throw new UsageError(
      `no bench "${name}"${didYouMean(name, [...Object.keys(benches), ...Object.keys(withServers), 'clients'])}`,
    );
}

for (const name of positionals.length > 0 ? positionals : Object.keys(benches)) {
  unfinished = name;
  try {
    await run(name);
  } finally {
    unfinished = undefined;
  }
}
