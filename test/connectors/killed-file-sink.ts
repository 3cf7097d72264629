// A file sink that a test starts as a process of its own, and kills. Arguments: log directory, output directory, options of the sink as JSON. It writes
// what the topic `values` holds to its end, and ends. With `--zombie PARTITIONS COUNT` it is a task without a runtime: it claims the partitions, takes
// all their records up to the last, says so, waits until it is told to go on, and tries to finish them.

import { startConnector } from '../../connect/index.js';
import { fileSink } from '../../connectors/file/index.js';
import { openLog } from '../../core/index.js';
import { modelRecord } from './file-sink-model.js';
import { FileWriting } from './file-writing.js';

const [directory, output, options] = process.argv.slice(2) as [string, string, string];
const config = { directory: output, ...(JSON.parse(options) as object) };
const zombieAt = process.argv.indexOf('--zombie');

if (zombieAt > 0) await runZombie(Number(process.argv[zombieAt + 1]), Number(process.argv[zombieAt + 2]));
else await runSink();

async function runSink(): Promise<void> {
  const log = await openLog(`file:${directory}`);
  const sink = await startConnector(log, {
    name: 'sink',
    connector: fileSink,
    config: {
      topics: 'values',
      'errors.deadletterqueue.topic.name': 'dead',
      'offset.flush.interval.ms': 5,
      'tasks.max': 2,
      ...config,
    },
  });
  await sink.finish();
  await log.close();
}

async function runZombie(partitionCount: number, count: number): Promise<void> {
  const partitions = Array.from({ length: partitionCount }, (_, partition) => ({ topic: 'values', partition }));
  // As much as is handed out before something is finished: it holds an open file for each folder.
  const zombie = new FileWriting(
    { ...config, 'flush.size': 1_000_000, 'rotate.interval.ms': undefined, 'open.files.max': 1000 },
    partitions,
  );
  await zombie.start();
  for (const { partition } of partitions) {
    const records = Array.from({ length: Math.ceil((count - partition) / partitionCount) }, (_, offset) =>
      modelRecord(offset * partitionCount + partition, partitionCount),
    ).filter(record => record !== undefined);
    await zombie.put(records);
  }
  process.stdout.write('holding\n');
  process.stdin.on('data', () => {});
  await new Promise(resolve => process.stdin.once('data', resolve));
  const outcome = await zombie.commit('closing').then(
    () => 'finished',
    error => `refused: ${(error as Error).message}`,
  );
  process.stdout.write(`${outcome}\n`);
  process.exit(0);
}
