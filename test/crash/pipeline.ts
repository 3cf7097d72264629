// The program that the crash test kills: file source -> topic -> windowed count on lmdb through a repartition -> topic -> file sink. It takes
// what the file holds now to the end and exits 0, unless a failpoint ends it before.
// node pipeline.js INPUT DATA OUT; prints `loaded after N ms, N ms of CPU` and `first record after N ms` (since the process started).

import { startConnector } from 'millrace/connect';
import { fileSink, fileSource } from 'millrace/connectors/file';
import { type Log, openLog, string, topic } from 'millrace/core';
import { runApp, type StreamsApp, topology, tumbling } from 'millrace/streams';

const { user, system } = process.cpuUsage();
console.log(`loaded after ${Math.round(performance.now())} ms, ${Math.round((user + system) / 1000)} ms of CPU`);

const [input, data, out] = process.argv.slice(2) as [string, string, string];

const configs = { 'segment.bytes': '16384', 'index.interval.bytes': '1024' };
const lines = topic('lines', {
  key: string,
  value: string,
  timestamp: line => (JSON.parse(line) as { ts: number }).ts,
});
const counts = topic('counts', { key: string, value: string });

let isFirst = true;
function sayFirst(): void {
  if (isFirst) console.log(`first record after ${Math.round(performance.now())} ms`);
  isFirst = false;
}

const app = topology('crash');
app
  .stream(lines)
  .peek(sayFirst)
  .groupBy(line => (JSON.parse(line) as { word: string }).word, { key: string })
  .windowedBy(tumbling(1000, { grace: '1d' }))
  .count({ name: 'word-counts', backing: 'disk' })
  .toStream()
  .map((count, { key, startMs }): [string, string] => [`${key}@${startMs}`, JSON.stringify({ key, startMs, count })])
  .to(counts);

await using log = await openLog(`file:${data}`);
await log.admin().createTopics(
  [lines.name, counts.name].map(name => ({ name, partitions: 2, configs })),
  { ifNotExists: true },
);
const source = await startConnector(log, {
  name: 'lines-in',
  connector: fileSource,
  config: {
    file: input,
    format: 'lines',
    mode: 'once',
    topic: lines.name,
    'batch.bytes': 8192,
    'offset.flush.interval.ms': 20,
    map: (line: string) => ({ key: line.slice(0, 12), value: line }),
    'value.converter': 'string',
  },
});
const running = await runApp(app, { log, commitInterval: 20 });
const sink = await startConnector(log, {
  name: 'counts-out',
  connector: fileSink,
  config: {
    topics: counts.name,
    directory: out,
    'flush.size': 500,
    'value.converter': 'string',
    'key.converter': 'string',
    'offset.flush.interval.ms': 20,
  },
});
await source.done;
await untilProcessed(log, running);
await running.close();
await sink.finish();

/** The app has committed all that the source wrote. */
async function untilProcessed({ ports }: Log, running: StreamsApp): Promise<void> {
  for (let quietRounds = 0; quietRounds < 3; ) {
    if (running.failure !== undefined) throw running.failure;
    await ports.clock.sleep(30);
    quietRounds = running.metrics().lag === 0 ? quietRounds + 1 : 0;
  }
}
