// A file sink in a process of its own, so that a test can limit what the disk takes from it. Arguments: output directory, options of the sink as JSON,
// records. It prints what the status says whenever that is something else, and `done` when the group has committed everything.

import { startWorker, WorkerError } from '../../connect/index.js';
import { fileSink } from '../../connectors/file/index.js';
import { openLog } from '../../core/index.js';

const [directory, options, count] = process.argv.slice(2) as [string, string, string];
const quiet = () => {};

const log = await openLog('memory:');
await log.admin().createTopics([{ name: 'values', partitions: 1 }]);
const producer = log.producer();
for (let n = 0; n < Number(count); n++) {
  void producer.send('values', { value: JSON.stringify({ n, pad: 'x'.repeat(1000) }) });
}
await producer.flush();

const worker = await startWorker(log, {
  config: { 'task.stall.timeout.ms': 100, 'offset.flush.interval.ms': 20 },
  plugins: [{ class: 'millrace.FileSink', aliases: [], version: '1', kind: 'sink', definition: fileSink }],
  logger: { debug: quiet, info: quiet, warn: quiet, error: quiet },
});
await worker.create({
  name: 'sink',
  config: {
    'connector.class': 'millrace.FileSink',
    topics: 'values',
    directory,
    'errors.retry.delay.max.ms': 100,
    'restart.backoff.ms': 20,
    'restart.backoff.max.ms': 100,
    'rotate.schedule.interval.ms': 50,
    ...(JSON.parse(options) as object),
  },
});
let shown = '';
for (;;) {
  const [task] = statusOfTasks();
  const text = `${task?.state} ${task?.trace?.split('\n')[0] ?? ''} ${task?.stalled?.reason ?? ''}`;
  if (text !== shown) process.stdout.write(`${text}\n`);
  shown = text;
  const [position] = (await worker.offsets('sink')).offsets;
  if (position?.offset?.['kafka_offset'] === Number(count)) break;
  await log.ports.clock.sleep(20);
}
await worker.close();
await producer.close();
await log.close();
process.stdout.write('done\n');

/** A connector that was made this moment has none yet. */
function statusOfTasks() {
  try {
    return worker.status('sink').tasks;
  } catch (error) {
    if (error instanceof WorkerError && error.kind === 'not-found') return [];
    throw error;
  }
}
