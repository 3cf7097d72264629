// A worker that a crash test starts as a process of its own and kills. Arguments: log directory, input file, output directory. With connectors in every
// state in its topics it runs what they say; in an empty log it makes them first. Prints a line when that is done, then runs until it is killed.

import { openLog } from '../../../core/index.js';
import { untilStates, workerOn } from './worker-under-test.js';

async function run([directory, file, output]: readonly string[]): Promise<void> {
  const log = await openLog(`file:${directory}`);
  const { worker } = await workerOn({ teardown: () => undefined }, log);
  if (worker.connectors().length === 0) {
    const lines = { 'connector.class': 'FileSource', file, format: 'lines', 'poll.interval.ms': 5, 'batch.bytes': 512 };
    await worker.create({ name: 'runs', config: { ...lines, topic: 'of-runs' } });
    await worker.create({ name: 'pauses', config: { ...lines, topic: 'of-pauses' } });
    await worker.create({ name: 'stops', config: { ...lines, topic: 'of-stops' } });
    const sink = { directory: output, content: 'record', 'value.converter': 'string', 'flush.size': 7 };
    await worker.create({ name: 'out', config: { ...sink, 'connector.class': 'FileSink', topics: 'of-runs' } });
    for (const name of worker.connectors()) await untilStates(log, worker, name, 'RUNNING: RUNNING');
    await worker.pause('pauses');
    await worker.stop('stops');
    await worker.create({ name: 'gone', config: { ...lines, topic: 'of-gone' } });
    await worker.delete('gone');
  }
  process.stdout.write('ready\n');
  // The log's locks and timers keep the process alive until it is killed.
  await log.ports.clock.sleep(600_000);
}

await run(process.argv.slice(2));
